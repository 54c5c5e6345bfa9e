/** Pairs of texts, such as headers. A pair without a name is kept here only. */
import { Plus, Trash2 } from 'lucide-react';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { usePanelWords } from '../../words';
import type { WidgetProps } from '../context';
import { isRecord } from '../schema';
import { useFieldScope } from '../scope';
import { useDraft } from '../useDraft';
import { SecretText } from './SecretText';

type Pair = [name: string, value: string];

const named = (pairs: Pair[]) => Object.fromEntries(pairs.filter(([name]) => name.trim() !== ''));
const read = (text: string) => JSON.parse(text) as Pair[];

export function KeyValueField({ spec, value, onChange, control, label }: WidgetProps) {
  const t = usePanelWords();
  const { secrets } = useFieldScope(spec);
  const draft = useDraft(
    JSON.stringify(isRecord(value) ? Object.entries(value) : []),
    (text) => onChange(named(read(text))),
    (text, other) => JSON.stringify(named(read(text))) === JSON.stringify(named(read(other))),
  );
  const pairs = read(draft.text);
  const set = (next: Pair[], now = false) => {
    draft.onChange(JSON.stringify(next));
    if (now) draft.flush();
  };
  const twice = (name: string, index: number) => pairs.findIndex(([other]) => other === name) !== index;
  const change = (index: number, pair: Pair) => set(pairs.map((old, at) => (at === index ? pair : old)));
  return (
    <div className="flex flex-col gap-1.5">
      {pairs.map(([name, text], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a pair has no other identity while its name is typed
        <div key={index} className="flex items-center gap-1">
          <Input
            aria-label={t('pairName', { label, n: index + 1 })}
            aria-invalid={twice(name, index) || undefined}
            placeholder={t('pairNameHint')}
            className="flex-2 font-mono text-sm"
            spellCheck={false}
            disabled={control.disabled}
            value={name}
            onChange={(event) => change(index, [event.target.value, text])}
            onBlur={draft.flush}
          />
          <SecretText
            secrets={secrets}
            aria-label={t('pairValue', { label, n: index + 1 })}
            placeholder={t(secrets ? 'secretHint' : 'pairValueHint')}
            className="flex-3 font-mono text-sm"
            disabled={control.disabled}
            value={text}
            onText={(next) => change(index, [name, next])}
            onBlur={draft.flush}
          />
          <IconButton
            icon={Trash2}
            size="small"
            label={t('removeNamed', { name: name || String(index + 1) })}
            disabled={control.disabled}
            onClick={() =>
              set(
                pairs.filter((_, at) => at !== index),
                true,
              )
            }
          />
        </div>
      ))}
      <Button
        size="small"
        variant="ghost"
        icon={Plus}
        disabled={control.disabled}
        className="self-start px-1.5! text-accent!"
        onClick={() => set([...pairs, ['', '']])}
      >
        {t('addPair')}
      </Button>
    </div>
  );
}
