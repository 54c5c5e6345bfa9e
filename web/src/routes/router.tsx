/** The route tree. Every page is its own chunk; a URL holds everything a link needs to share. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { sessionQuery, setupQuery } from '@/api/session';
import { arrival } from '@/lib/lazily';
import { LateLoading, NoSuchPage, PageFailed } from './fallbacks';

const page: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(() => arrival(load), name);

interface Context {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ notFoundComponent: NoSuchPage, errorComponent: PageFailed });

/** Search parameters are short texts; anything else in the address is left out. */
type Search<Key extends string> = Partial<Record<Key, string>>;
const pickTexts = <Key extends string>(search: Search<Key>, names: Key[]): Search<Key> =>
  Object.fromEntries(
    names.map((name) => [name, search[name]]).filter(([, value]) => typeof value === 'string' && value),
  ) as Search<Key>;

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: async ({ context }) => {
    const { needed } = await context.queryClient.ensureQueryData(setupQuery);
    if (!needed) throw redirect({ to: '/sign-in', replace: true });
  },
  component: page(() => import('@/features/account/setup/SetupPage')),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Search<'to' | 'error'>) => pickTexts(search, ['to', 'error']),
  beforeLoad: async ({ context }) => {
    const [{ needed }, session] = await Promise.all([
      context.queryClient.ensureQueryData(setupQuery),
      context.queryClient.ensureQueryData(sessionQuery),
    ]);
    if (needed) throw redirect({ to: '/setup', replace: true });
    if (session) throw redirect({ to: '/', replace: true });
  },
  component: page(() => import('@/features/account/SignInPage')),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite',
  component: page(() => import('@/features/account/door/InvitePage')),
});

/** Everything behind the sign-in, with the rail. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: '/sign-in', search: { to: location.href }, replace: true });
    // The server permits nothing else before a second step that it asks for is set up.
    if (session.second_factor_due && location.pathname !== '/account')
      throw redirect({ to: '/account', replace: true });
  },
  component: page(() => import('./Shell')),
});

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: page(() => import('@/features/home/HomePage')),
});

const apps = createRoute({
  getParentRoute: () => shell,
  path: '/apps',
  component: page(() => import('@/features/apps/AppsPage')),
});

export const appDesign = createRoute({
  getParentRoute: () => shell,
  path: '/apps/$appId/design',
  validateSearch: (search: Search<'node' | 'run' | 'panel'>) => pickTexts(search, ['node', 'run', 'panel']),
  component: page(() => import('./DesignRoute')),
});

export const appUse = createRoute({
  getParentRoute: () => shell,
  path: '/apps/$appId/use',
  component: page(() => import('@/features/use/UsePage')),
});

export const appChat = createRoute({
  getParentRoute: () => shell,
  path: '/apps/$appId/chat',
  validateSearch: (search: Search<'c'>) => pickTexts(search, ['c']),
  component: page(() => import('@/features/chat/ChatPage')),
});

export const appDataFlow = createRoute({
  getParentRoute: () => shell,
  path: '/apps/$appId/data-flow',
  validateSearch: (search: Search<'version'>) => pickTexts(search, ['version']),
  component: page(() => import('@/features/dataflow/DataFlowPage')),
});

export const appTests = createRoute({
  getParentRoute: () => shell,
  path: '/apps/$appId/tests',
  validateSearch: (search: Search<'tab' | 'evaluation' | 'node' | 'case' | 'run'>) =>
    pickTexts(search, ['tab', 'evaluation', 'node', 'case', 'run']),
  component: page(() => import('@/features/tests/TestsPage')),
});

export const appTriggers = createRoute({
  getParentRoute: () => shell,
  path: '/apps/$appId/triggers',
  validateSearch: (search: Search<'trigger'>) => pickTexts(search, ['trigger']),
  component: page(() => import('@/features/triggers/TriggersPage')),
});

const runs = createRoute({
  getParentRoute: () => shell,
  path: '/runs',
  validateSearch: (search: Search<'app' | 'status' | 'trigger' | 'kind'>) =>
    pickTexts(search, ['app', 'status', 'trigger', 'kind']),
  component: page(() => import('@/features/runs/RunsPage')),
});

const compare = createRoute({
  getParentRoute: () => shell,
  path: '/runs/compare',
  validateSearch: (search: Search<'a' | 'b'>) => pickTexts(search, ['a', 'b']),
  component: page(() => import('@/features/runs/ComparePage')),
});

export const run = createRoute({
  getParentRoute: () => shell,
  path: '/runs/$runId',
  validateSearch: (search: Search<'node'>) => pickTexts(search, ['node']),
  component: page(() => import('@/features/runs/RunPage')),
});

const knowledge = createRoute({
  getParentRoute: () => shell,
  path: '/knowledge',
  component: page(() => import('@/features/knowledge/DatasetsPage')),
});

export const dataset = createRoute({
  getParentRoute: () => shell,
  path: '/knowledge/$datasetId',
  validateSearch: (search: Search<'tab' | 'document'>) => pickTexts(search, ['tab', 'document']),
  component: page(() => import('@/features/knowledge/DatasetPage')),
});

const models = createRoute({
  getParentRoute: () => shell,
  path: '/models',
  component: page(() => import('@/features/models/ModelsPage')),
});

const people = createRoute({
  getParentRoute: () => shell,
  path: '/people',
  validateSearch: (search: Search<'tab'>) => pickTexts(search, ['tab']),
  component: page(() => import('@/features/people/PeoplePage')),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: (search: Search<'q' | 'action' | 'actor' | 'target' | 'outcome' | 'period' | 'from' | 'to'>) =>
    pickTexts(search, ['q', 'action', 'actor', 'target', 'outcome', 'period', 'from', 'to']),
  component: page(() => import('@/features/audit/AuditPage')),
});

const secrets = createRoute({
  getParentRoute: () => shell,
  path: '/secrets',
  component: page(() => import('@/features/secrets/SecretsPage')),
});

const policy = createRoute({
  getParentRoute: () => shell,
  path: '/policy',
  component: page(() => import('@/features/policy/PolicyPage')),
});

const account = createRoute({
  getParentRoute: () => shell,
  path: '/account',
  component: page(() => import('@/features/account/own/AccountPage')),
});

const system = createRoute({
  getParentRoute: () => shell,
  path: '/system',
  component: page(() => import('@/features/system/SystemPage')),
});

const tree = root.addChildren([
  setup,
  signIn,
  invite,
  shell.addChildren([
    home,
    apps,
    appDesign,
    appUse,
    appChat,
    appDataFlow,
    appTriggers,
    appTests,
    runs,
    compare,
    run,
    knowledge,
    dataset,
    models,
    secrets,
    policy,
    people,
    audit,
    account,
    system,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPendingMs: 300,
    defaultPendingComponent: LateLoading,
    defaultErrorComponent: PageFailed,
    scrollRestoration: true,
    scrollToTopSelectors: ['#main'],
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
