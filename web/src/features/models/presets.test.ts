import { expect, it } from 'vitest';
import { guessKind, isAddress, isNear } from './presets';

it('guesses what a model is for', () => {
  expect(['bge-m3', 'text-embedding-v3', 'qwen-max'].map(guessKind)).toEqual(['embedding', 'embedding', 'chat']);
});

it('guesses whether a service is near', () => {
  expect(
    ['http://127.0.0.1:8000/v1', 'http://10.2.3.4/v1', 'http://172.20.0.2/v1', 'http://[::1]:80/v1'].every(isNear),
  ).toBe(true);
  expect(['https://api.openai.com/v1', 'http://172.32.0.2/v1', 'nonsense'].some(isNear)).toBe(false);
});

it('knows an address', () => {
  expect(isAddress('https://a.example/v1')).toBe(true);
  expect(isAddress('ftp://a.example')).toBe(false);
  expect(isAddress('https://')).toBe(false);
});
