import { Dialog } from '@/ui/dialog';
import { type Binding, GROUPS, shown } from './keys';
import { useView } from './view';
import { useWords } from './words';

/** The keyboard map, from the same table that the keys work by. */
export default function HelpDialog() {
  const t = useWords();
  const open = useView((view) => view.help);
  return (
    <Dialog
      open={open}
      onClose={() => useView.getState().set({ help: false })}
      title={t('keyboard')}
      description={t('keyboardHint')}
      size="large"
    >
      <section
        aria-label={t('keyboard')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll; and the focus starts here, not on a tooltip
        tabIndex={0}
        className="grid grid-cols-3 gap-x-8 gap-y-4 pb-3 outline-none max-md:grid-cols-1"
      >
        {GROUPS.map(({ group, bindings }) => (
          <section key={group}>
            <KeyList title={t(group)} bindings={bindings} />
            {group === 'keysView' && <PointerList />}
          </section>
        ))}
      </section>
    </Dialog>
  );
}

function KeyList({ title, bindings }: { title: string; bindings: readonly Binding[] }) {
  const t = useWords();
  return (
    <>
      <h3 className="pb-1 text-sm font-semibold text-ink-3">{title}</h3>
      <dl>
        {bindings.map((binding) => (
          <div key={binding.action} className="flex items-start justify-between gap-3 py-1">
            <dt>{t(`key_${binding.action}`)}</dt>
            <dd className="flex shrink-0 flex-wrap justify-end gap-1">
              {chordsShown(binding).map((chord) => (
                <kbd
                  key={chord}
                  className="rounded-sm border border-line bg-sunken px-1.5 font-mono text-xs leading-5 text-ink-2"
                >
                  {chord}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function PointerList() {
  const t = useWords();
  return (
    <>
      <h3 className="pt-4 pb-1 text-sm font-semibold text-ink-3">{t('keysPointer')}</h3>
      <ul className="flex list-disc flex-col gap-1 pl-4 text-ink-2">
        <li>{t('pointerPan')}</li>
        <li>{t('pointerZoom')}</li>
        <li>{t('pointerBox')}</li>
        <li>{t('pointerAdd')}</li>
      </ul>
    </>
  );
}

/** Four arrows are one entry. */
function chordsShown({ chords }: Binding): string[] {
  const [first] = chords;
  if (chords.length === 4 && first) return [shown(first).replace('←', '← → ↑ ↓')];
  return chords.map((chord) => shown(chord));
}
