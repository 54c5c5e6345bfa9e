import { Dialog } from '@/ui/dialog';
import { type Binding, GROUPS, shown } from './keys';
import { useView } from './view';
import { useWords } from './words';

/** The keyboard map, from the same table that the keys work by. */
export function HelpDialog() {
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
      <div className="grid grid-cols-3 gap-x-8 gap-y-4 pb-3 max-md:grid-cols-1">
        {GROUPS.map(({ group, bindings }) => (
          <section key={group}>
            <h3 className="pb-1 text-sm font-semibold text-ink-3">{t(group)}</h3>
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
          </section>
        ))}
        <section>
          <h3 className="pb-1 text-sm font-semibold text-ink-3">{t('keysPointer')}</h3>
          <ul className="list-disc pl-4 text-ink-2">
            <li>{t('pointerPan')}</li>
            <li>{t('pointerZoom')}</li>
            <li>{t('pointerBox')}</li>
            <li>{t('pointerAdd')}</li>
          </ul>
        </section>
      </div>
    </Dialog>
  );
}

/** Four arrows are one entry. */
function chordsShown({ chords }: Binding): string[] {
  const [first] = chords;
  if (chords.length === 4 && first) return [shown(first).replace('←', '← → ↑ ↓')];
  return chords.map((chord) => shown(chord));
}
