import { ClipboardCheck, History, Plus, Search } from 'lucide-react';
import { Suspense, useState } from 'react';
import type { App, EvaluationSummary, TestCase } from '@/api/types';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { NEW, usePlace } from '../place';
import { words } from '../words';
import { CaseTable } from './CaseTable';
import { type CasesRead, useDeleteCase } from './changes';
import { useLastResults } from './lastResults';
import { inputsInShort } from './say';

const CaseDrawer = lazily(() => import('./CaseDrawer'));
const PickRun = lazily(() => import('./PickRun'));

const SEARCH_FROM = 8; // fewer are found by looking

interface Props {
  app: App;
  cases: CasesRead;
  evaluations: EvaluationSummary[] | undefined;
  onRun(ids: string[]): void;
}

export function CasesTab({ app, cases, evaluations, onRun }: Props) {
  const t = useT(words);
  const can = useCan();
  const { place, go } = usePlace();
  const remove = useDeleteCase(app.id);
  const [picking, setPicking] = useState(false);
  const [copied, setCopied] = useState<TestCase | null>(null);
  const [text, setText] = useState('');
  const all = cases.data ?? [];
  const last = useLastResults(all.length, evaluations);
  const wanted = text.trim().toLowerCase();
  const shown = all.filter((one) => `${one.name} ${inputsInShort(one.inputs)}`.toLowerCase().includes(wanted));
  const write = can('app.write');
  const asked = place.case ?? (place.run ? NEW : undefined);
  const known = all.find((one) => one.id === asked) ?? null;
  // A case that somebody has deleted is not begun anew.
  const open = known || asked === NEW ? asked : undefined;
  const begin = (from: TestCase | null) => {
    setCopied(from);
    go({ case: NEW, run: '' });
  };
  const close = () => {
    setCopied(null);
    go({ case: '', run: '' }, true);
  };
  const buttons = write && (
    <>
      <Button icon={Plus} variant={all.length ? 'default' : 'primary'} onClick={() => begin(null)}>
        {t('newCase')}
      </Button>
      {can('run.read') && (
        <Button icon={History} onClick={() => setPicking(true)}>
          {t('fromRun')}
        </Button>
      )}
    </>
  );
  return (
    <>
      {cases.isPending && <Loading />}
      {cases.isError && <ErrorNotice error={cases.error} onRetry={() => void cases.refetch()} />}
      {cases.data && all.length === 0 && (
        <Empty icon={ClipboardCheck} title={t('emptyTitle')} actions={buttons}>
          {t('emptyHint')}
        </Empty>
      )}
      {all.length > 0 && (
        <>
          <div className="mb-3 flex flex-wrap items-center gap-2">
            {buttons}
            {all.length >= SEARCH_FROM && (
              <div className="relative ml-auto w-64 max-sm:w-full">
                <Search
                  size={15}
                  aria-hidden="true"
                  className="absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3"
                />
                <Input
                  type="search"
                  aria-label={t('searchCases')}
                  placeholder={t('searchCases')}
                  className="pl-8"
                  value={text}
                  onChange={(event) => setText(event.target.value)}
                />
              </div>
            )}
          </div>
          {shown.length === 0 && <p className="text-ink-2">{t('noMatch', { text })}</p>}
          {shown.length > 0 && (
            <CaseTable
              cases={shown}
              last={last}
              onOpen={(id) => go({ case: id, run: '' })}
              onResult={(evaluation) => go({ tab: 'results', evaluation })}
              onRun={can('run.create') ? (id) => onRun([id]) : undefined}
              onCopy={write ? begin : undefined}
              onDelete={write ? remove : undefined}
            />
          )}
        </>
      )}
      <Suspense>
        {open && cases.data && (
          <CaseDrawer
            key={`${open} ${place.run ?? ''}`}
            app={app}
            known={known}
            copied={copied}
            runId={place.run}
            readOnly={!write}
            onClose={close}
          />
        )}
        {picking && (
          <PickRun
            appId={app.id}
            onClose={() => setPicking(false)}
            onPick={(run) => {
              setPicking(false);
              go({ case: '', run: run.id });
            }}
          />
        )}
      </Suspense>
    </>
  );
}
