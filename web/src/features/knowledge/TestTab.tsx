import { useMutation } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { api } from '@/api/client';
import type { Citation, Dataset } from '@/api/types';
import { CitationDrawer } from '@/documents/CitationDrawer';
import { SourceList } from '@/documents/SourceList';
import { useFormat, useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { words } from './words';

type Mode = 'hybrid' | 'text' | 'dense';

/** Ask the dataset, see what an app would find and why. */
export function TestTab({ dataset }: { dataset: Dataset }) {
  const t = useT(words);
  const format = useFormat();
  const [query, setQuery] = useState('');
  const [mode, setMode] = useState<Mode>('hybrid');
  const [topK, setTopK] = useState('5');
  const [opened, setOpened] = useState<Citation | null>(null);
  const search = useMutation({
    mutationFn: () =>
      api.post<{ hits: Citation[]; ms: number }>(`/datasets/${dataset.id}/search`, {
        query: query.trim(),
        top_k: Number(topK),
        mode,
        threshold: 0,
      }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (query.trim()) search.mutate();
  };
  const hits = search.data?.hits.map((hit, index) => ({ ...hit, n: hit.n ?? index + 1 })) ?? [];
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <p className="text-ink-2">{t('testHint')}</p>
      <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
        <Field label={t('query')} className="flex-1 basis-72">
          {(props) => (
            <Input
              {...props}
              type="search"
              value={query}
              placeholder={t('queryExample')}
              onChange={(event) => setQuery(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('mode')} className="w-36">
          {(props) => (
            <Select
              id={props.id}
              value={mode}
              onChange={(next) => setMode(next as Mode)}
              options={(['hybrid', 'text', 'dense'] as const).map((one) => ({ value: one, label: t(`mode_${one}`) }))}
            />
          )}
        </Field>
        <Field label={t('topK')} className="w-20">
          {(props) => (
            <Select
              id={props.id}
              value={topK}
              onChange={setTopK}
              options={['3', '5', '10', '20'].map((n) => ({ value: n, label: n }))}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" icon={Search} busy={search.isPending} disabled={!query.trim()}>
          {t('search')}
        </Button>
      </form>
      <div aria-live="polite" className="flex flex-col gap-3">
        {search.isError && <ErrorNotice error={search.error} onRetry={() => search.mutate()} />}
        {search.data && (
          <p className="text-sm text-ink-3">
            {hits.length ? t('hits', { n: hits.length, time: format.duration(search.data.ms) }) : t('noHits')}
          </p>
        )}
        {hits.length > 0 && <SourceList citations={hits} onOpen={setOpened} />}
      </div>
      <CitationDrawer citation={opened} onClose={() => setOpened(null)} />
    </div>
  );
}
