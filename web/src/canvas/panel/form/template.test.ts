// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { isKnown } from './scope';
import { asked, insertion, tokens, unknownNames } from './template';

const names = (source: string) =>
  tokens(source)
    .filter((token) => token.kind === 'name')
    .map((token) => token.text);

describe('names in a template', () => {
  it.each([
    ['{{ user_query }} and {{llm_1.text}}', ['user_query', 'llm_1.text']],
    ['{{ a | default("b.c") | upper }}', ['a']],
    ['{% for d in docs if d.ok and not skip %}{{ d.text }}{% endfor %}', ['d', 'docs', 'd.ok', 'skip', 'd.text']],
    ['{{ x is defined and y is not none }}', ['x', 'y']],
    ['{{ range(3) }} {{ f(a, key=b) }}', ['a', 'b']],
    ['{# {{ not_me }} #} plain text {not} me', []],
    ['{{ 变量 }}', ['变量']],
    ['{{ open', ['open']],
  ])('%s', (source, expected) => expect(names(source)).toEqual(expected));

  it('are unknown unless something gives them', () => {
    const scope = [
      { name: 'question', type: 'string', from: 'in', title: '' },
      { name: 'find_1.documents', type: 'array[object]', from: 'find_1', title: '' },
    ];
    const source = '{% for d in find_1.documents %}{{ d.text }}{{ questoin }}{% endfor %}{{ context }}{{ find_1 }}';
    const unknown = unknownNames(source, (name) => isKnown(name, scope, ['context']));
    expect(unknown.map((token) => token.text)).toEqual(['questoin']);
  });
});

describe('what the cursor asks for', () => {
  it.each([
    ['{{ ', { kind: 'name', typed: '' }],
    ['{{', { kind: 'name', typed: '' }],
    ['a {{ llm_1.te', { kind: 'name', typed: 'llm_1.te' }],
    ['{{ a | up', { kind: 'filter', typed: 'up' }],
    ['text /us', { kind: 'slash', typed: 'us' }],
    ['/', { kind: 'slash', typed: '' }],
    ['https:/', null],
    ['{{ a }} text', null],
    ['{{ "quoted ', null],
  ])('after %j', (before, expected) => expect(asked(before)).toEqual(expected));
});

describe('a name put into a text', () => {
  const put = (text: string, name = 'q') => {
    const [before = '', after = ''] = text.split('^');
    const { back, text: inserted } = insertion(before, after, name);
    return before.slice(0, before.length - back) + inserted + after;
  };
  it.each([
    ['Ask: ^', 'Ask: {{ q }}'],
    ['Ask: /^', 'Ask: {{ q }}'],
    ['Ask: {{^', 'Ask: {{ q }}'],
    ['Ask: {{ ^', 'Ask: {{ q }}'],
    ['Ask: {{ ^ }} and {{ b }}', 'Ask: {{ q }} and {{ b }}'],
    ['{% if ^ %}', '{% if q %}'],
    ['{{ a }} ^', '{{ a }} {{ q }}'],
  ])('%s', (before, after) => expect(put(before)).toBe(after));
});
