/** Finds a cited passage in the text of its page. Pure. */

export interface Range {
  start: number;
  end: number;
}

interface Passage {
  start: number;
  end: number;
  text: string;
}

const squeeze = (text: string) => text.replace(/\s+/g, '');

/** Position in `text` of each character that is not white space. */
function solid(text: string): { letters: string; at: number[] } {
  const at: number[] = [];
  let letters = '';
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index] ?? '';
    if (/\s/.test(letter)) continue;
    letters += letter;
    at.push(index);
  }
  return { letters, at };
}

const SEED = 12; // as many letters of a passage's beginning must be on the page

/**
 * Offsets count in the text of the page. Where they don't hold (the document was read anew since), the words
 * themselves are looked for, whatever the white space; a passage may run on to the next page.
 */
export function findPassage(pageText: string, passage: Passage): Range | null {
  const wanted = squeeze(passage.text);
  if (!wanted) return null;
  const { start, end } = passage;
  if (end > start && squeeze(pageText.slice(start, end)) === wanted) return { start, end };
  const { letters, at } = solid(pageText);
  const found = letters.indexOf(wanted.slice(0, SEED));
  if (found < 0) return null;
  let length = Math.min(SEED, wanted.length);
  while (length < wanted.length && letters[found + length] === wanted[length]) length += 1;
  return { start: at[found] ?? 0, end: (at[found + length - 1] ?? 0) + 1 };
}
