import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { draftQuery, inputsQuery, nodeTypesQuery, runQuery } from '@/api/queries';
import type { App, Run, TestCase } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Drawer } from '@/ui/dialog';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { words } from '../words';
import { CaseForm } from './CaseForm';
import { inputsInShort, short } from './say';

interface Props {
  app: App;
  /** The case that is edited; null for a new one. */
  known: TestCase | null;
  /** A new one begins like this. */
  copied: TestCase | null;
  /** Or like this run. */
  runId: string | undefined;
  readOnly: boolean;
  onClose(): void;
}

/** One case: its name, what the app is given, what is expected. */
export default function CaseDrawer({ app, known, copied, runId, readOnly, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const version = can('app.write') ? 'draft' : 'published';
  const inputs = useQuery(inputsQuery(app.id, version));
  const outputs = useOutputs(app.id);
  const run = useQuery({ ...runQuery(runId ?? ''), enabled: Boolean(runId) });
  const [dirty, setDirty] = useState(false);
  const [asking, setAsking] = useState(false);
  const failed = [inputs, run].find((query) => query.isError);
  const start = known ?? beginning(t('copyOf', { name: copied?.name ?? '' }), copied, run.data);
  const ready = inputs.data && (!runId || run.data);
  return (
    <Drawer
      open
      wide
      onClose={() => (dirty && !asking ? setAsking(true) : onClose())}
      title={known ? t('editCase') : t('newCase')}
    >
      {failed && <ErrorNotice error={failed.error} className="m-4" onRetry={() => void failed.refetch()} />}
      {!failed && !ready && <Loading />}
      {asking && (
        <Notice
          kind="warn"
          className="mx-4 mt-4"
          title={t('unsavedTitle')}
          actions={
            <>
              <Button size="small" autoFocus onClick={() => setAsking(false)}>
                {t('goOnEditing')}
              </Button>
              <Button size="small" variant="danger" onClick={onClose}>
                {t('discard')}
              </Button>
            </>
          }
        />
      )}
      {ready && (
        <CaseForm
          appId={app.id}
          id={known?.id ?? null}
          start={start}
          fields={inputs.data.fields}
          outputs={outputs}
          readOnly={readOnly}
          onTouched={() => setDirty(true)}
          onClose={onClose}
          given={run.data && <Given run={run.data} />}
          gave={run.data?.outputs ?? null}
          cancel={<Button onClick={onClose}>{readOnly ? c('close') : c('cancel')}</Button>}
        />
      )}
    </Drawer>
  );
}

type Start = Pick<TestCase, 'name' | 'inputs' | 'expect'>;

function beginning(copyName: string, copied: TestCase | null, run: Run | undefined): Start {
  if (copied) return { name: short(copyName, 200), inputs: copied.inputs, expect: copied.expect };
  if (run) return { name: short(inputsInShort(run.inputs), 60), inputs: run.inputs, expect: [] };
  return { name: '', inputs: {}, expect: [] };
}

/** Names of what the app gives back. */
function useOutputs(appId: string): string[] {
  const { data: draft } = useQuery(draftQuery(appId));
  const { data: catalogue } = useQuery(nodeTypesQuery);
  const results = new Set(catalogue?.types.filter((type) => type.result).map((type) => type.type));
  const names = (draft?.graph.nodes ?? [])
    .filter((node) => results.has(node.type))
    .flatMap((node) => draft?.ports[node.id]?.outputs.map((port) => port.name) ?? []);
  return [...new Set(names)];
}

function Given({ run }: { run: Run }) {
  const t = useT(words);
  return (
    <p className="text-sm text-ink-3">
      {t('ofRun')}{' '}
      <Link to="/runs/$runId" params={{ runId: run.id }} className="text-accent underline underline-offset-2">
        {t('openRun')}
      </Link>
    </p>
  );
}
