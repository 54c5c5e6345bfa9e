// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { translator } from '@/i18n';
import { typeTable } from '../graph/types';
import { catalogue, nodeType, ports } from './examples';
import { typeName } from './portType';
import { bridges, refusalText } from './refusal';
import { words } from './words';

const [en, zh] = [translator(words, 'en'), translator(words, 'zh')];

describe('a refusal', () => {
  it('names both types and says what is missing', () => {
    const refusal = { why: 'type', from: 'array[file]', into: 'string' } as const;
    expect(refusalText(en, refusal)).toContain('“list of files”');
    expect(refusalText(en, refusal)).toContain('“text”');
    expect(refusalText(zh, refusal)).toContain('“文件列表”');
  });
  it('is a sentence for every reason', () => {
    for (const why of ['self', 'cycle', 'duplicate'] as const) {
      expect(refusalText(en, { why })).toMatch(/\.$/);
      expect(refusalText(zh, { why })).toMatch(/。$/);
    }
  });
  it('calls types by their names; one that is not known by its own', () => {
    expect(typeName(en, 'list')).toBe('list');
    expect(typeName(en, 'array[number]')).toBe('list of numbers');
    expect(typeName(en, 'hologram')).toBe('hologram');
  });
});

describe('what could go between', () => {
  const rewrites = nodeType('rewrites', ports([['in', 'any']], [['out', 'string']]));
  const anything = nodeType('anything', ports([['in', 'any']], [['out', 'any']]));
  const calls = nodeType('calls', ports([['in', 'any']], [['out', 'string']]), { category: 'tool' });
  const steers = nodeType('steers', ports([['in', 'any']], [['out', 'string']]), { category: 'logic' });
  const narrow = nodeType('narrow', ports([['in', 'file']], [['out', 'string']]));
  const types = [steers, calls, anything, narrow, rewrites];

  it('takes the one and gives the other, the plainest first', () => {
    const found = bridges(types, typeTable(catalogue(types)), 'object', 'string');
    expect(found.map((type) => type.type)).toEqual(['rewrites', 'anything', 'calls']);
  });
});
