import { describe, expect, it } from 'vitest';
import { pythonSample, shellSample } from './samples';

const SAMPLE = {
  url: 'https://atoll.test/api/v1/hooks/trg_1',
  secret: 'whsec_abc',
  body: { a: "it's", b: [true, null] },
};

describe('a sample', () => {
  it('quotes its message as its language does', () => {
    expect(shellSample(SAMPLE)).toContain(`BODY='{"a":"it'\\''s","b":[true,null]}'`);
    expect(pythonSample(SAMPLE)).toContain(`json.dumps({"a": "it's", "b": [True, None]})`);
  });
  it('has a place for a secret that nobody can know any more', () => {
    expect(shellSample({ ...SAMPLE, secret: '' })).toContain("SECRET='whsec_...'");
  });
});
