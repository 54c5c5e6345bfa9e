import { render } from '@testing-library/react';
import { expect, it } from 'vitest';
import Markdown from './Markdown';
import { isTame } from './tame';

const n = 4000;
const BOMBS: Record<string, string> = {
  quotes: '>'.repeat(n),
  lists: `${'- '.repeat(n)}a`,
  'numbered lists': `${'1. '.repeat(n)}a`,
  'quotes in lists': `${'* > '.repeat(n)}a`,
  'lists far in': Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n'),
  'bold in bold': '**a '.repeat(n) + ' a**'.repeat(n),
  'two kinds in turn': '*a _b '.repeat(n) + '_*'.repeat(n),
  'links in links': '[a '.repeat(n) + '](b)'.repeat(n),
  'pictures in pictures': '![a '.repeat(n) + '](b)'.repeat(n),
  'struck out': '~a '.repeat(n) + ' a~'.repeat(n),
  'a wide table of short lines': `${'|a'.repeat(1000)}\n${'|-'.repeat(1000)}\n${'|a|\n'.repeat(1000)}`,
  'a long text': '*a* '.repeat(50_000),
};

// What is shown as it is written was not parsed, which is what would take long.
it.each(Object.keys(BOMBS))('%s: shown as it is written', (name) => {
  const text = BOMBS[name] ?? '';
  const { container } = render(<Markdown text={text} />);
  expect(container.textContent).toBe(text.replace(/\n+$/, ''));
});

it.each([
  Array.from({ length: 150 }, (_, item) => `- **Name ${item}**: grew [${item}]`).join('\n'),
  `\`\`\`json\n${'[[[{"a": "**"}]]]\n'.repeat(1000)}\`\`\``,
  Array.from({ length: 500 }, () => '| a | b | c | d | e |').join('\n'),
  'First line\nsecond line\n'.repeat(1000),
  '> quoted\n> > twice',
])('what answers are made of is drawn', (text) => expect(isTame(text)).toBe(true));
