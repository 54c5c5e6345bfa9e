/** Splits Markdown into blocks, so that while it streams only the last one is drawn anew. Pure. */

const FENCE = /^\s{0,3}(`{3,}|~{3,})/;

export function splitBlocks(markdown: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let fence = '';
  const close = () => {
    if (lines.length) blocks.push(lines.join('\n'));
    lines = [];
  };
  for (const line of markdown.split('\n')) {
    const mark = FENCE.exec(line)?.[1];
    if (fence) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = '';
    } else if (mark) {
      fence = mark;
    }
    if (!fence && line.trim() === '') {
      // An indented line or a list item may follow: such a list stays one block.
      if (lines.length) close();
    } else {
      lines.push(line);
    }
  }
  close();
  return joinLists(blocks);
}

const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s/;

/** A list with blank lines between its items is one list: its numbers must go on counting. */
function joinLists(blocks: string[]): string[] {
  const joined: string[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    const goesOn = last !== undefined && ITEM.test(last) && (ITEM.test(block) || /^\s{2,}\S/.test(block));
    if (goesOn) joined[joined.length - 1] = `${last}\n\n${block}`;
    else joined.push(block);
  }
  return joined;
}
