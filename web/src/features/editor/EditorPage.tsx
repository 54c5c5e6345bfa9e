import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { keys } from '@/api/keys';
import { appQuery, draftQuery, inputsQuery, nodeTypesQuery } from '@/api/queries';
import type { App, Draft, NodeTypes } from '@/api/types';
import { toDoc } from '@/canvas/graph/document';
import { beforeRevision } from '@/canvas/graph/elsewhere';
import { useEditor } from '@/canvas/graph/store';
import { flushDrafts } from '@/canvas/panel/form/useDraft';
import { Canvas } from '@/canvas/view/Canvas';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { useCan } from '@/lib/session';
import { DebugOverlay } from '@/runs/debug/DebugOverlay';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { Crumbs } from './Crumbs';
import { Header } from './Header';
import { Side } from './Side';
import { Saver, useSaving } from './saving';
import { useInspect } from './useInspect';
import { useLeaving } from './useLeaving';
import { useSide } from './useSide';
import { words } from './words';

const ConflictBar = lazily(() => import('./ConflictBar'));
const PublishDialog = lazily(() => import('./PublishDialog'));
const VersionsDrawer = lazily(() => import('./VersionsDrawer'));
const RunDrawer = lazily(() => import('@/runs/RunDrawer'));
const route = getRouteApi('/shell/apps/$appId/design');

export default function EditorPage({ appId }: { appId: string }) {
  const app = useQuery(appQuery(appId));
  const types = useQuery(nodeTypesQuery);
  // Always the draft of now: an older one would be a conflict at the first key.
  const draft = useQuery({ ...draftQuery(appId), staleTime: 0, gcTime: 0, refetchOnWindowFocus: false });
  const failed = [app, types, draft].find((query) => query.isError);
  if (failed) return <ErrorNotice className="m-6" error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!app.data || !types.data || !draft.data) return <Loading className="h-full" />;
  return <Editor app={app.data} types={types.data} draft={draft.data} />;
}

/** `draft` is what was there at the start; from then on the store has it. */
function useOpened(app: App, types: NodeTypes, draft: Draft) {
  const client = useQueryClient();
  const can = useCan();
  const canEdit = can('app.write');
  const first = useRef({ draft, types });
  const [saver, setSaver] = useState<Saver | null>(null);
  useEffect(() => {
    const { draft, types } = first.current;
    const before = beforeRevision(app.id, draft.revision);
    const { open, edit } = useEditor.getState();
    open(app.id, toDoc(before ?? draft.graph), draft, types, canEdit);
    if (before) edit('edit_config', (doc) => void Object.assign(doc, toDoc(draft.graph)));
    const opened = new Saver(app.id, draft.revision, draft.saved_at, () => {
      void client.invalidateQueries({ queryKey: keys.inputs(app.id, 'draft') });
      void client.invalidateQueries({ queryKey: keys.apps, exact: true });
    });
    setSaver(opened);
    return opened.close;
  }, [app.id, canEdit, client]);
  useEffect(() => useEditor.getState().setTypes(types), [types]);
  return saver;
}

/** The selected node stands in the address, so that it can be sent to somebody. */
function useNodeInAddress() {
  const { node } = route.useSearch();
  const navigate = route.useNavigate();
  const selected = useEditor((state) => (state.selection.nodes.length === 1 ? state.selection.nodes[0] : undefined));
  const asked = useRef(node);
  useEffect(() => {
    if (asked.current) useEditor.getState().select({ nodes: [asked.current] });
    asked.current = undefined;
  }, []);
  useEffect(() => {
    void navigate({ search: (before) => ({ ...before, node: selected }), replace: true });
  }, [selected, navigate]);
}

function Editor({ app, types, draft }: { app: App; types: NodeTypes; draft: Draft }) {
  const saver = useOpened(app, types, draft);
  return saver ? <Opened app={app} saver={saver} /> : <Loading className="h-full" />;
}

function Opened({ app, saver }: { app: App; saver: Saver }) {
  const t = useT(words);
  const { run, panel } = route.useSearch();
  const navigate = route.useNavigate();
  const inputs = useQuery(inputsQuery(app.id, 'draft'));
  const [dialog, setDialog] = useState<'publish' | 'versions' | null>(null);
  const [open, setOpen] = useState(Boolean(run));
  const [wanted, setWanted] = useState<{ tab: 'problems' | 'run' } | null>(null);
  useNodeInAddress();
  const close = useCallback(() => setDialog(null), []);
  const setRun = useCallback(
    (id: string | null) => void navigate({ search: (before) => ({ ...before, run: id ?? undefined }), replace: true }),
    [navigate],
  );
  const side = useSide();
  const setPanel = useCallback(
    (panel?: string) => void navigate({ search: (before) => ({ ...before, panel }), replace: true }),
    [navigate],
  );
  const openChat = useCallback(() => {
    useEditor.getState().select({});
    setPanel('chat');
  }, [setPanel]);
  const conflict = useSaving((state) => state.status === 'conflict');
  const save = useCallback(() => {
    // What is still being typed belongs to it.
    flushDrafts();
    return saver.flush();
  }, [saver]);
  useLeaving(save);
  const beforeRun = useCallback(async () => {
    const saved = await save();
    if (!saved) toast(t('runUnsaved'), { tone: 'bad' });
    return saved && !useEditor.getState().said.problems.some((problem) => problem.severity === 'error');
  }, [save, t]);
  const showTab = useCallback((tab: 'problems' | 'run') => {
    setOpen(true);
    setWanted({ tab });
  }, []);
  const overlay = useMemo(
    () => (
      <div className="flex flex-wrap items-start gap-2">
        <Crumbs app={app.name} />
        <DebugOverlay onAnswer={() => showTab('run')} />
      </div>
    ),
    [app.name, showTab],
  );
  const { tab, setTab, goTo, pickStep, pickProblem } = useInspect(openChat);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Header
        app={app}
        onSave={() => void save()}
        onProblems={() => showTab('problems')}
        onPublish={() => setDialog('publish')}
        onVersions={() => setDialog('versions')}
        onChat={openChat}
      />
      <Suspense>{conflict && <ConflictBar appId={app.id} saver={saver} />}</Suspense>
      <div className="relative flex min-h-0 flex-1">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Canvas onOpenPanel={side.open} overlay={overlay} />
          <Suspense fallback={<div className="h-10 border-t border-line bg-surface" />}>
            <RunDrawer
              appId={app.id}
              inputs={inputs.data?.fields}
              onNodePicked={pickStep}
              onProblemPicked={pickProblem}
              beforeRun={beforeRun}
              open={open}
              onOpenChange={setOpen}
              runId={run ?? null}
              onRunId={setRun}
              wanted={wanted}
            />
          </Suspense>
        </div>
        {(side.shown || panel === 'chat') && (
          <Side
            ref={side.ref}
            runId={run ?? null}
            chat={panel === 'chat'}
            onChatClosed={setPanel}
            tab={tab}
            onTab={setTab}
            goTo={goTo}
            save={save}
            onRun={(started) => setRun(started.id)}
            onClose={side.close}
            onLeave={side.leave}
          />
        )}
      </div>
      <Suspense>
        {dialog === 'publish' && <PublishDialog app={app} save={save} onClose={close} />}
        {dialog === 'versions' && <VersionsDrawer app={app} onClose={close} />}
      </Suspense>
    </div>
  );
}
