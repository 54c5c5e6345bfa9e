/** What a node wrote down on its way: an agent's thoughts, what it called and what came back, in order. */
import { CornerDownRight, Lightbulb, type LucideIcon, StickyNote, Wrench } from 'lucide-react';
import type { Note } from '@/api/types';
import { useT } from '@/i18n';
import { ValueList } from './values/ValueList';
import { words } from './words';

const LOOKS = {
  thought: { icon: Lightbulb, word: 'noteThought' },
  call: { icon: Wrench, word: 'noteCall' },
  result: { icon: CornerDownRight, word: 'noteResult' },
} as const satisfies Record<string, { icon: LucideIcon; word: keyof typeof words.en }>;

const isKnown = (kind: string | undefined): kind is keyof typeof LOOKS => kind !== undefined && kind in LOOKS;

export function Notes({ notes }: { notes: readonly Note[] }) {
  const t = useT(words);
  if (!notes.length) return null;
  return (
    <section aria-label={t('notes')}>
      <h3 className="mb-1.5 border-b border-line pb-1 text-base font-semibold">{t('notes')}</h3>
      <ol className="flex flex-col gap-1">
        {notes.map((note, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: notes only ever come after others
          <NoteRow key={index} note={note} />
        ))}
      </ol>
    </section>
  );
}

function NoteRow({ note: { kind, ...rest } }: { note: Note }) {
  const t = useT(words);
  const { icon: Icon, word } = isKnown(kind) ? LOOKS[kind] : { icon: StickyNote, word: null };
  const name = [rest.tool, rest.name].find((one) => typeof one === 'string') as string | undefined;
  const text = [rest.text, rest.content].find((one) => typeof one === 'string') as string | undefined;
  const others = Object.fromEntries(
    Object.entries(rest).filter(([key, value]) => value !== null && value !== text && value !== name && key !== 'id'),
  );
  return (
    <li className="flex gap-2.5 rounded-md border border-line px-2.5 py-2">
      <Icon size={15} aria-hidden="true" className="mt-0.5 shrink-0 text-ink-3" />
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium text-ink-2">
          {word ? t(word) : kind}
          {name && <code className="ml-2 font-mono text-xs text-ink">{name}</code>}
        </p>
        {text && <p className="break-words whitespace-pre-wrap">{text}</p>}
        {Object.keys(others).length > 0 && (
          <details open={!text}>
            <summary className="w-fit cursor-pointer text-sm text-ink-3">{t('noteMore')}</summary>
            <ValueList values={others} />
          </details>
        )}
      </div>
    </li>
  );
}
