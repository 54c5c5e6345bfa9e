import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { sessionQuery } from '@/api/session';
import type { Provider, ProviderTest, ServedModel } from '@/api/types';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { TestResult } from './ProviderCard';
import { guessKind } from './presets';
import { words } from './words';

type Choice = Omit<ServedModel, 'name'>;

/** The models that a service offers: tick, say what each is for and, if you want to see costs, what it costs. */
export function ChooseModels({ provider, test, onClose }: { provider: Provider; test: ProviderTest; onClose(): void }) {
  const t = useT(words);
  const client = useQueryClient();
  const currency = useQuery(sessionQuery).data?.workspace.currency ?? 'USD';
  const before = new Map<string, Choice>(provider.models.map(({ name, ...one }) => [name, one]));
  const [names, setNames] = useState(() => [...new Set([...before.keys(), ...test.models])]);
  const [chosen, setChosen] = useState<Map<string, Choice>>(before);
  const [typed, setTyped] = useState('');
  const save = useMutation({
    mutationFn: () =>
      api.patch<Provider>(`/providers/${provider.id}`, {
        models: [...chosen].map(([name, one]) => ({ name, ...one })),
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.providers });
      await client.invalidateQueries({ queryKey: keys.models });
      onClose();
    },
  });
  const set = (name: string, changes: Partial<Choice> | null) =>
    setChosen((old) => {
      const next = new Map(old);
      const blank: Choice = { kind: guessKind(name), input_price: null, output_price: null };
      if (changes) next.set(name, { ...blank, ...old.get(name), ...changes });
      else next.delete(name);
      return next;
    });
  const add = () => {
    const name = typed.trim();
    if (!name) return;
    setNames((old) => [...new Set([name, ...old])]);
    set(name, {});
    setTyped('');
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('chooseModels')}
      description={t('chooseHint')}
      footer={
        <Button variant="primary" busy={save.isPending} onClick={() => save.mutate()}>
          {t('done')}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <TestResult result={test} error={null} />
        {save.isError && <ErrorNotice error={save.error} />}
        {names.length === 0 && <p className="text-ink-2">{t('noModelsFound')}</p>}
        <ul className="max-h-72 overflow-y-auto rounded-lg border border-line">
          {names.map((name) => {
            const choice = chosen.get(name);
            return (
              <li
                key={name}
                className="flex min-h-11 flex-wrap items-center gap-x-3 border-t border-line px-3 first:border-t-0"
              >
                <label className="flex min-w-0 flex-1 items-center gap-2.5 py-2">
                  <input
                    type="checkbox"
                    className="size-4 shrink-0 accent-accent"
                    checked={choice !== undefined}
                    onChange={(event) => set(name, event.target.checked ? {} : null)}
                  />
                  <span className="min-w-0 flex-1 font-mono break-all">{name}</span>
                </label>
                {choice && (
                  <Select
                    label={t('asKind', { name })}
                    className="w-32!"
                    value={choice.kind}
                    onChange={(next) => set(name, { kind: next as Choice['kind'] })}
                    options={[
                      { value: 'chat', label: t('kind_chat') },
                      { value: 'embedding', label: t('kind_embedding') },
                    ]}
                  />
                )}
                {choice?.kind === 'chat' && (
                  <span className="flex w-full flex-wrap items-center gap-x-3 gap-y-1 pb-2 pl-6.5 text-sm text-ink-3">
                    {t('price', { currency })}
                    {(['input_price', 'output_price'] as const).map((field) => (
                      <Price
                        key={field}
                        label={t(field, { name })}
                        shown={t(field === 'input_price' ? 'priceIn' : 'priceOut')}
                        value={choice[field]}
                        onChange={(value) => set(name, { [field]: value })}
                      />
                    ))}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
        <form
          className="flex items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <Field label={t('addModel')} className="flex-1">
            {(props) => (
              <Input
                {...props}
                className="font-mono"
                spellCheck={false}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            )}
          </Field>
          <Button type="submit" icon={Plus} disabled={!typed.trim()}>
            {t('add')}
          </Button>
        </form>
      </div>
    </Dialog>
  );
}

interface PriceProps {
  label: string;
  shown: string;
  value: number | null;
  onChange(value: number | null): void;
}

function Price({ label, shown, value, onChange }: PriceProps) {
  return (
    <span className="flex items-center gap-1.5">
      {shown}
      <Input
        type="number"
        min={0}
        step="any"
        inputMode="decimal"
        aria-label={label}
        className="h-7! w-20! text-sm"
        defaultValue={value ?? ''}
        onChange={(event) => {
          const given = event.target.valueAsNumber;
          onChange(Number.isFinite(given) && given >= 0 ? given : null);
        }}
      />
    </span>
  );
}
