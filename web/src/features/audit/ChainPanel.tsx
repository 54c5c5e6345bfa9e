import { useQuery } from '@tanstack/react-query';
import { Link2, Link2Off, RefreshCw } from 'lucide-react';
import { auditCheckQuery } from '@/api/audit';
import type { AuditCheck } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Card } from '@/ui/page';
import { Spinner } from '@/ui/spinner';
import { words } from './words';

const MOST_PROBLEMS = 5;

/** Whether the chain of records is whole, as the server found when it last read all of it. */
export function ChainPanel() {
  const t = useT(words);
  const check = useQuery(auditCheckQuery);
  const state = check.isFetching ? 'reading' : check.data ? (check.data.ok ? 'whole' : 'broken') : null;
  const Icon = state === 'broken' ? Link2Off : Link2;
  return (
    <Card className="mb-5 p-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <span
          className={cn(
            'grid size-9 shrink-0 place-items-center rounded-md',
            { whole: 'bg-ok-soft text-ok', broken: 'bg-bad-soft text-bad', reading: 'bg-sunken text-ink-3' }[
              state ?? 'reading'
            ],
          )}
        >
          {state === 'reading' ? <Spinner size={18} /> : <Icon size={18} aria-hidden="true" />}
        </span>
        <div className="min-w-0 flex-1 basis-56" aria-live="polite">
          <p
            className={cn(
              'font-semibold',
              state === 'whole' && 'text-ok',
              state === 'broken' && 'text-bad',
              state === 'reading' && 'text-ink-2',
            )}
          >
            {state ? t(`chain_${state}`) : t('chain')}
          </p>
          {check.data && !check.isFetching && <Found check={check.data} at={check.dataUpdatedAt} />}
        </div>
        <Button icon={RefreshCw} disabled={check.isFetching} onClick={() => void check.refetch()}>
          {t('checkNow')}
        </Button>
      </div>
      {check.isError && <ErrorNotice error={check.error} className="mt-3" />}
      {check.data && !check.data.ok && !check.isFetching && <Problems problems={check.data.problems} />}
      <div className="mt-3 border-t border-line pt-3 text-sm text-ink-3">
        <p>{t('chainHint')}</p>
        {check.data && <p>{check.data.kept_days ? t('keptDays', { n: check.data.kept_days }) : t('keptForEver')}</p>}
        {check.data && (
          <p className="mt-1 flex flex-wrap items-center gap-x-1.5">
            {t('publicKey')}
            <code className="min-w-0 font-mono break-all text-ink-2">{check.data.public_key}</code>
            <CopyButton text={check.data.public_key} size="small" />
          </p>
        )}
      </div>
    </Card>
  );
}

function Found({ check, at }: { check: AuditCheck; at: number }) {
  const t = useT(words);
  const format = useFormat();
  const last = check.last_checkpoint;
  return (
    <p className="text-ink-2">
      {[
        t('recordCount', { n: check.records }),
        last
          ? t('checkpoint', { when: format.dateTime(last.at), n: last.seq, key: last.key_id.slice(0, 12) })
          : t('noCheckpoint'),
        t('checkedAt', { when: format.ago(at) }),
      ].join(' · ')}
    </p>
  );
}

function Problems({ problems }: { problems: AuditCheck['problems'] }) {
  const t = useT(words);
  const text = useText();
  const format = useFormat();
  return (
    <Notice kind="bad" title={t('problems', { n: problems.length })} className="mt-3">
      <ul className="list-disc pl-4">
        {problems.slice(0, MOST_PROBLEMS).map((problem) => (
          <li key={`${problem.code} ${problem.seq}`}>
            <span className="figures">{t('atNumber', { n: format.number(problem.seq) })} </span>
            {text(problem.message)}
          </li>
        ))}
      </ul>
      <p className="mt-1">{t('problemsHint')}</p>
    </Notice>
  );
}
