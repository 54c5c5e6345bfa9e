/** JavaScript coloured and indented: words, texts, numbers and comments. A parser of it is not worth its size here. */
import { StreamLanguage, type StreamParser } from '@codemirror/language';

interface State {
  /** What the reader is inside of: a comment, or a template text. */
  inside: '' | 'comment' | 'template';
  depth: number;
}

const KEYWORDS = new Set(
  (
    'async await break case catch class const continue debugger default delete do else export extends finally for function get ' +
    'if import in instanceof let new of return set static super switch this throw try typeof var void while with yield'
  ).split(' '),
);
const ATOMS = new Set(['true', 'false', 'null', 'undefined', 'NaN', 'Infinity']);

export const parser: StreamParser<State> = {
  name: 'javascript',
  startState: () => ({ inside: '', depth: 0 }),
  token(stream, state) {
    if (state.inside === 'comment') {
      if (stream.match(/.*?\*\//)) state.inside = '';
      else stream.skipToEnd();
      return 'comment';
    }
    if (state.inside === 'template') {
      if (stream.match(/(?:[^`\\]|\\.)*`/)) state.inside = '';
      else stream.skipToEnd();
      return 'string';
    }
    if (stream.eatSpace()) return null;
    if (stream.match('//')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match('/*')) {
      state.inside = 'comment';
      return 'comment';
    }
    if (stream.eat('`')) {
      state.inside = 'template';
      return 'string';
    }
    if (stream.match(/"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?/)) return 'string';
    if (stream.match(/(?:0[xob][\da-f_]+|\d[\d_]*(?:\.\d*)?(?:e[-+]?\d+)?)n?/i)) return 'number';
    const word = stream.match(/[\p{L}_$][\p{L}\p{N}_$]*/u);
    if (Array.isArray(word)) {
      if (KEYWORDS.has(word[0])) return 'keyword';
      return ATOMS.has(word[0]) ? 'atom' : 'variableName';
    }
    const one = stream.next();
    if (one === '{' || one === '(' || one === '[') state.depth += 1;
    if (one === '}' || one === ')' || one === ']') state.depth = Math.max(0, state.depth - 1);
    return null;
  },
  indent: (state, after, context) => Math.max(0, state.depth - (/^[})\]]/.test(after) ? 1 : 0)) * context.unit,
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } } },
};

export const javascript = () => StreamLanguage.define(parser);
