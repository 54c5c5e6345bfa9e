import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { auditActionsQuery } from '@/api/audit';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Field, Input } from '@/ui/field';
import { Select } from '@/ui/select';
import { OUTCOMES } from './Outcome';
import { PERIODS, periodOf } from './period';
import type { Shown } from './useFilter';
import { useNames } from './useNames';
import { words } from './words';

interface Props {
  shown: Shown;
  set(change: Shown): void;
}

const REST_MS = 300;

export function Filters({ shown, set }: Props) {
  const t = useT(words);
  const text = useText();
  const { data: actions = [] } = useQuery(auditActionsQuery);
  const period = periodOf(shown.period);
  const options = actions.map(({ action, title }) => ({ value: action, label: text(title) }));
  return (
    <div className="mb-4 flex flex-col gap-2">
      <div className="grid grid-cols-[minmax(0,2fr)_repeat(3,minmax(0,1fr))] gap-2 max-lg:grid-cols-3 max-sm:grid-cols-1">
        <Search value={shown.q ?? ''} onChange={(q) => set({ q })} />
        <Select
          label={t('action')}
          value={shown.action ?? ''}
          onChange={(action) => set({ action })}
          options={[{ value: '', label: t('allActions') }, ...options.sort((a, b) => a.label.localeCompare(b.label))]}
        />
        <Select
          label={t('outcome')}
          value={shown.outcome ?? ''}
          onChange={(outcome) => set({ outcome })}
          options={[
            { value: '', label: t('allOutcomes') },
            ...OUTCOMES.map((one) => ({ value: one, label: t(`outcome_${one}`) })),
          ]}
        />
        <Select
          label={t('period')}
          value={period}
          onChange={(next) => set({ period: next, from: undefined, to: undefined })}
          options={PERIODS.map((one) => ({ value: one, label: t(`period_${one || 'all'}`) }))}
        />
      </div>
      {period === 'own' && (
        <div className="flex flex-wrap gap-2">
          {(['from', 'to'] as const).map((edge) => (
            <Field key={edge} label={t(edge)}>
              {(props) => (
                <Input
                  {...props}
                  type="date"
                  className="w-40!"
                  value={shown[edge] ?? ''}
                  onChange={(event) => set({ [edge]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      )}
      <Held shown={shown} set={set} />
    </div>
  );
}

/** What is typed stays here until it rests. */
function Search({ value, onChange }: { value: string; onChange(value: string): void }) {
  const t = useT(words);
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), REST_MS);
    return () => clearTimeout(timer);
  });
  return (
    <Input
      type="search"
      aria-label={t('search')}
      placeholder={t('searchExample')}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      className="max-lg:col-span-full"
    />
  );
}

/** One person or one thing that the table is held to, from a record's drawer or a link; to be taken off again. */
function Held({ shown, set }: Props) {
  const t = useT(words);
  const c = useCommon();
  const { nameOf } = useNames();
  const held = (['actor', 'target'] as const).flatMap((kind) => {
    const id = shown[kind];
    return id ? [{ kind, id }] : [];
  });
  if (!held.length) return null;
  return (
    <ul className="flex flex-wrap gap-2">
      {held.map(({ kind, id }) => (
        <li key={kind} className="inline-flex max-w-full items-center rounded-md bg-accent-soft pl-2.5 text-accent">
          <span className="truncate">{t(kind === 'actor' ? 'onlyBy' : 'onlyAbout', { name: nameOf(id) ?? id })}</span>
          <button
            type="button"
            aria-label={`${c('delete')}: ${nameOf(id) ?? id}`}
            onClick={() => set({ [kind]: undefined })}
            className="grid size-7 shrink-0 place-items-center rounded-md -outline-offset-2 hover:bg-accent/15"
          >
            <X size={14} aria-hidden="true" />
          </button>
        </li>
      ))}
    </ul>
  );
}
