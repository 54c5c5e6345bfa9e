import { cutAt } from './find';

/** A text with what was searched for marked in it. */
export function Marked({ text, query }: { text: string; query: string }) {
  const pieces = cutAt(text, query);
  if (pieces.length === 1) return text;
  return pieces.map((piece, index) =>
    index % 2 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
      <mark key={index} className="rounded-sm bg-mark text-ink">
        {piece}
      </mark>
    ) : (
      piece
    ),
  );
}
