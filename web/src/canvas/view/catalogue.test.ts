import { describe, expect, it } from 'vitest';
import { byCategory, searched } from './catalogue';
import { nodeType, ports } from './examples';

const none = ports([], []);
const types = [
  nodeType('ocr', none, { label: { en: 'Read a scan', zh: '识别扫描件' }, category: 'acme' }),
  nodeType('translate', none, { label: { en: 'Translate', zh: '翻译' }, category: 'model' }),
  nodeType('mail', none, { label: 'Mail', description: 'Sends a translation.', category: 'tool' }),
];

describe('the catalogue', () => {
  it('is found in both languages and by type, names before descriptions', () => {
    expect(searched(types, '翻译').map((type) => type.type)).toEqual(['translate']);
    expect(searched(types, 'OCR').map((type) => type.type)).toEqual(['ocr']);
    expect(searched(types, 'transla').map((type) => type.type)).toEqual(['translate', 'mail']);
    expect(searched(types, 'nothing like it')).toEqual([]);
  });
  it('stands in a known order; categories that nobody knows come last', () => {
    expect(byCategory(types).map(([category]) => category)).toEqual(['model', 'tool', 'acme']);
  });
});
