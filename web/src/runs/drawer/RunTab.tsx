import { Link } from '@tanstack/react-router';
import { ClipboardCheck, History, Play } from 'lucide-react';
import { useCallback, useState } from 'react';
import { AnswerText } from '@/answer/AnswerText';
import { startTexts, type Texts, textsOf } from '@/answer/fields';
import { OfflineNotice } from '@/answer/OfflineNotice';
import { shownOutputs } from '@/answer/outputs';
import { RunFailure } from '@/answer/RunFailure';
import { RunForm } from '@/answer/RunForm';
import type { Citation, InputField } from '@/api/types';
import { LazyCitation } from '@/documents/LazyCitation';
import { SourceChips } from '@/documents/SourceChips';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button, buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { hasEnded } from '../fold';
import { Paused } from '../Paused';
import { Progress } from '../Progress';
import { answersOf } from '../readings';
import type { Names } from '../useNames';
import { words } from '../words';
import { keepTexts, keptTexts } from './kept';
import type { DraftRun } from './useDraftRun';

interface Props {
  appId: string;
  formId: string;
  inputs: InputField[] | undefined;
  draft: DraftRun;
  names: Names;
  onNodePicked(id: string): void;
  onRun(inputs: Record<string, unknown>): void;
}

/** The form on the left, what the run gives on the right. */
export function RunTab({ appId, formId, inputs, draft, names, onNodePicked, onRun }: Props) {
  const t = useT(words);
  // Another key makes the form anew: with other fields, or with a past run's inputs.
  const [filled, setFilled] = useState(0);
  const signature = `${filled} ${inputs?.map((field) => `${field.name}:${field.type}`).join()}`;
  const { view } = draft.following;
  const [texts, setTexts] = useState(() => keptTexts(appId));
  const keep = (next: Texts) => {
    keepTexts(appId, next);
    setTexts(next);
  };
  const given = inputs && view.inputs ? textsOf(inputs, view.inputs) : null;
  const entered = { ...startTexts(inputs ?? []), ...texts };
  const others = given !== null && inputs?.some(({ name }) => given[name] !== entered[name]);
  const takeInputs = () => {
    if (given) keep(given);
    setFilled((n) => n + 1);
  };
  return (
    <div className="grid h-full grid-cols-[minmax(240px,340px)_minmax(0,1fr)] max-lg:grid-cols-[minmax(200px,260px)_minmax(0,1fr)] max-sm:block max-sm:overflow-y-auto">
      <div className="overflow-y-auto border-r border-line p-3 max-sm:border-r-0 max-sm:border-b">
        {!inputs && <Loading className="min-h-20!" />}
        {inputs && (
          <RunForm
            key={signature}
            id={formId}
            fields={inputs}
            initial={texts}
            onTexts={keep}
            onRun={(values) => draft.going || draft.start.isPending || onRun(values)}
          >
            {inputs.length === 0 && <p className="text-ink-3">{t('noInputs')}</p>}
          </RunForm>
        )}
        {others && hasEnded(view.status) && (
          <Button size="small" variant="ghost" icon={History} className="mt-2 -ml-2" onClick={takeInputs}>
            {t('useInputs')}
          </Button>
        )}
      </div>
      <Outcome key={draft.runId} draft={draft} names={names} onNodePicked={onNodePicked} />
    </div>
  );
}

function Outcome({ draft, names, onNodePicked }: Pick<Props, 'draft' | 'names' | 'onNodePicked'>) {
  const t = useT(words);
  const can = useCan();
  const { runId, following } = draft;
  const { view, run, lost, error } = following;
  const [opened, setOpened] = useState<Citation | null>(null);
  const citations = run?.citations ?? [];
  const open = useCallback((n: number) => setOpened(run?.citations.find((one) => one.n === n) ?? null), [run]);
  const outputs = shownOutputs(run?.outputs ?? null, answersOf(view));
  const failure = run?.error ?? view.error;
  return (
    <section aria-label={t('result')} className="flex flex-col gap-3 overflow-y-auto p-3 max-sm:min-h-40">
      {draft.start.isError && <ErrorNotice error={draft.start.error} />}
      {draft.stop.isError && <ErrorNotice error={draft.stop.error} />}
      {!runId && !draft.start.isError && (
        <p className="m-auto flex max-w-sm flex-col items-center gap-2 py-4 text-center text-ink-3">
          <Play size={18} aria-hidden="true" />
          {t('runHint')}
        </p>
      )}
      {runId && (
        <>
          <Paused runId={runId} view={view} names={names} bare />
          {outputs.length > 0 && (
            <div className="relative max-w-4xl pr-9" aria-busy={draft.going}>
              {!draft.going && (
                <span className="absolute -top-1 right-0">
                  <CopyButton size="small" label={t('copyAnswer')} text={outputs[0]?.value ?? ''} />
                </span>
              )}
              <AnswerText outputs={outputs} streaming={draft.going} citations={citations} onCite={open} />
            </div>
          )}
          {draft.going && view.status !== 'paused' && <Progress following={following} names={names} />}
          {run?.status === 'succeeded' && outputs.length === 0 && <p className="text-ink-2">{t('noOutput')}</p>}
          {view.status === 'cancelled' && <p className="text-ink-3">{t('stopped')}</p>}
          {failure && (
            <RunFailure
              error={failure}
              node={failure.node ? names.title(failure.node) : undefined}
              onOpenNode={failure.node ? () => failure.node && onNodePicked(failure.node) : undefined}
            />
          )}
          {citations.length > 0 && <SourceChips citations={citations} onOpen={setOpened} />}
          {run?.offline && <OfflineNotice run={run} compact />}
          {run?.status === 'succeeded' && can('app.write') && (
            <Link
              to="/apps/$appId/tests"
              params={{ appId: run.app_id }}
              search={{ run: run.id }}
              className={buttonClass('ghost', 'small', 'self-start -ml-2')}
            >
              <ClipboardCheck size={15} aria-hidden="true" />
              {t('saveAsCase')}
            </Link>
          )}
          {lost && <ErrorNotice error={lost} />}
          {Boolean(error) && <ErrorNotice error={error} />}
        </>
      )}
      <LazyCitation citation={opened} onClose={() => setOpened(null)} />
    </section>
  );
}
