import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Provider, ProviderTest } from '@/api/types';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { TestResult } from './ProviderCard';
import { guessKind } from './presets';
import { words } from './words';

type Kind = 'chat' | 'embedding';

/** The models that a service offers: tick, say what each is for, done. */
export function ChooseModels({ provider, test, onClose }: { provider: Provider; test: ProviderTest; onClose(): void }) {
  const t = useT(words);
  const client = useQueryClient();
  const before = new Map(provider.models.map((one) => [one.name, one.kind]));
  const [names, setNames] = useState(() => [...new Set([...before.keys(), ...test.models])]);
  const [chosen, setChosen] = useState<Map<string, Kind>>(before);
  const [typed, setTyped] = useState('');
  const save = useMutation({
    mutationFn: () =>
      api.patch<Provider>(`/providers/${provider.id}`, {
        models: [...chosen].map(([name, kind]) => ({ name, kind })),
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.providers });
      await client.invalidateQueries({ queryKey: keys.models });
      onClose();
    },
  });
  const set = (name: string, kind: Kind | null) =>
    setChosen((old) => {
      const next = new Map(old);
      if (kind) next.set(name, kind);
      else next.delete(name);
      return next;
    });
  const add = () => {
    const name = typed.trim();
    if (!name) return;
    setNames((old) => [...new Set([name, ...old])]);
    set(name, guessKind(name));
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
            const kind = chosen.get(name);
            return (
              <li key={name} className="flex min-h-11 items-center gap-3 border-t border-line px-3 first:border-t-0">
                <label className="flex min-w-0 flex-1 items-center gap-2.5 py-2">
                  <input
                    type="checkbox"
                    className="size-4 shrink-0 accent-accent"
                    checked={kind !== undefined}
                    onChange={(event) => set(name, event.target.checked ? guessKind(name) : null)}
                  />
                  <span className="min-w-0 flex-1 font-mono break-all">{name}</span>
                </label>
                {kind && (
                  <Select
                    label={t('asKind', { name })}
                    className="w-32!"
                    value={kind}
                    onChange={(next) => set(name, next as Kind)}
                    options={[
                      { value: 'chat', label: t('kind_chat') },
                      { value: 'embedding', label: t('kind_embedding') },
                    ]}
                  />
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
