/** Query factories: what to ask and under which name it is kept. Pages and features share these. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { keys } from './keys';
import type {
  ApiKey,
  App,
  Chunk,
  Conversation,
  Dataset,
  Document,
  DocumentPage,
  Draft,
  Evaluation,
  EvaluationSummary,
  FlowReport,
  Graph,
  Incident,
  Levels,
  List,
  Models,
  NodeRun,
  NodeTypes,
  Policy,
  Provider,
  Run,
  Scope,
  StartForm,
  System,
  TestCase,
  Tick,
  Trigger,
  Turn,
  User,
  Version,
} from './types';

const items =
  <Item>(path: string) =>
  ({ signal }: { signal: AbortSignal }) =>
    api.get<List<Item>>(path, { signal }).then((list) => list.items);

const one =
  <Item>(path: string) =>
  ({ signal }: { signal: AbortSignal }) =>
    api.get<Item>(path, { signal });

export const systemQuery = queryOptions({ queryKey: keys.system, queryFn: one<System>('/system') });
export const incidentsQuery = queryOptions({
  queryKey: keys.incidents,
  queryFn: items<Incident>('/system/incidents'),
  refetchInterval: 15_000,
});
export const nodeTypesQuery = queryOptions({ queryKey: keys.nodeTypes, queryFn: one<NodeTypes>('/node-types') });
export const usersQuery = queryOptions({ queryKey: keys.users, queryFn: items<User>('/users') });
export const apiKeysQuery = queryOptions({ queryKey: keys.apiKeys, queryFn: items<ApiKey>('/api-keys') });
export const policyQuery = queryOptions({ queryKey: keys.policy, queryFn: one<Policy>('/policy') });
export const levelsQuery = queryOptions({ queryKey: keys.levels, queryFn: one<Levels>('/policy/levels') });
export const modelsQuery = queryOptions({ queryKey: keys.models, queryFn: one<Models>('/models') });
export const providersQuery = queryOptions({ queryKey: keys.providers, queryFn: items<Provider>('/providers') });

export const appsQuery = queryOptions({ queryKey: keys.apps, queryFn: items<App>('/apps') });
export const appQuery = (id: string) => queryOptions({ queryKey: keys.app(id), queryFn: one<App>(`/apps/${id}`) });
export const draftQuery = (id: string) =>
  queryOptions({ queryKey: keys.draft(id), queryFn: one<Draft>(`/apps/${id}/draft`) });
/** Names that templates of a node of the draft may use; `checks` tells one state of the draft from the next. */
export const scopeQuery = (id: string, node: string, checks: number) =>
  queryOptions({
    queryKey: keys.scope(id, node, checks),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    queryFn: one<Scope>(`/apps/${id}/draft/scope?node=${encodeURIComponent(node)}`),
  });
export const versionsQuery = (id: string) =>
  queryOptions({ queryKey: keys.versions(id), queryFn: items<Version>(`/apps/${id}/versions`) });
export const inputsQuery = (id: string, version: 'draft' | 'published') =>
  queryOptions({
    queryKey: keys.inputs(id, version),
    queryFn: ({ signal }) => api.get<StartForm>(`/apps/${id}/inputs`, { query: { version }, signal }),
  });
/** One version with its graph: as it was for ever. */
export const versionQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: keys.version(id, number),
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: one<Version>(`/apps/${id}/versions/${number}`),
  });
export const dataFlowQuery = (id: string, version: 'draft' | 'published') =>
  queryOptions({
    queryKey: keys.dataFlow(id, version),
    queryFn: one<FlowReport>(`/apps/${id}/data-flow?version=${version}`),
  });

export const casesQuery = (appId: string) =>
  queryOptions({ queryKey: keys.cases(appId), queryFn: items<TestCase>(`/apps/${appId}/cases`) });
/** The newest first; an app keeps no more than these. */
export const evaluationsQuery = (appId: string) =>
  queryOptions({
    queryKey: keys.evaluations(appId),
    queryFn: items<EvaluationSummary>(`/apps/${appId}/evaluations?limit=100`),
  });
export const evaluationQuery = (id: string) =>
  queryOptions({ queryKey: keys.evaluation(id), queryFn: one<Evaluation>(`/evaluations/${id}`) });

export const triggersQuery = (appId: string) =>
  queryOptions({ queryKey: keys.triggers(appId), queryFn: items<Trigger>(`/apps/${appId}/triggers`) });
/** The next times of a schedule, as the server will keep them. */
export const previewQuery = (cron: string, zone: string) =>
  queryOptions({
    queryKey: keys.preview(cron, zone),
    staleTime: 30_000,
    queryFn: ({ signal }) =>
      api
        .get<List<Tick>>('/schedules/preview', { query: { cron, time_zone: zone }, signal })
        .then((list) => list.items),
  });

export const conversationsQuery = (appId: string) =>
  infiniteQueryOptions({
    queryKey: keys.conversations(appId),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      api.get<List<Conversation>>(`/apps/${appId}/conversations`, { query: { cursor: pageParam }, signal }),
    getNextPageParam: (page) => page.next,
  });
export const conversationQuery = (id: string) =>
  queryOptions({ queryKey: keys.conversation(id), queryFn: one<Conversation>(`/conversations/${id}`) });
/** Each page oldest first; the next page holds those before it. */
export const turnsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.turns(id),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      api.get<List<Turn>>(`/conversations/${id}/turns`, { query: { cursor: pageParam }, signal }),
    getNextPageParam: (page) => page.next,
  });

/** A test is a run too, and each publishing makes many: lists leave them out unless they are asked for. */
export const NO_TESTS: readonly Run['kind'][] = ['run', 'fork', 'node'];

export interface RunFilter {
  app_id?: string;
  status?: string;
  trigger?: string;
  kind?: readonly Run['kind'][];
}

export const runsQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: keys.runList(filter),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      api.get<List<Run>>('/runs', { query: { ...filter, cursor: pageParam }, signal }),
    getNextPageParam: (page) => page.next,
  });
export const runQuery = (id: string) => queryOptions({ queryKey: keys.run(id), queryFn: one<Run>(`/runs/${id}`) });
export const runGraphQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.run(id), 'graph'] as const,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: one<Graph>(`/runs/${id}/graph`),
  });
/** Details of a node of a run, by its path; `state` tells one state of it from the next. */
export const nodeRunQuery = (id: string, path: string, state = '') =>
  queryOptions({
    queryKey: keys.runNode(id, path, state),
    queryFn: one<NodeRun>(`/runs/${id}/nodes/${path.split('/').map(encodeURIComponent).join('/')}`),
  });

export const datasetsQuery = queryOptions({ queryKey: keys.datasets, queryFn: items<Dataset>('/datasets') });
export const datasetQuery = (id: string) =>
  queryOptions({ queryKey: keys.dataset(id), queryFn: one<Dataset>(`/datasets/${id}`) });

export const documentsQuery = (datasetId: string) =>
  infiniteQueryOptions({
    queryKey: keys.documents(datasetId),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      api.get<List<Document>>(`/datasets/${datasetId}/documents`, { query: { cursor: pageParam }, signal }),
    getNextPageParam: (page) => page.next,
  });
export const chunksQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.chunks(id),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      api.get<List<Chunk>>(`/documents/${id}/chunks`, { query: { cursor: pageParam }, signal }),
    getNextPageParam: (page) => page.next,
  });
export const pageQuery = (id: string, page: number, start?: number, end?: number) =>
  queryOptions({
    queryKey: keys.page(id, page, start, end),
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get<DocumentPage>(`/documents/${id}/pages/${page}`, { query: { start, end }, signal }),
  });
