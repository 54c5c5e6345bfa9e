/** Where an app leads those who click on it: builders to its canvas, others to where it is used, who may not run it to look at it. */
import type { App } from '@/api/types';
import { useCan } from './session';

export function useAppPlaces({ mode }: Pick<App, 'mode'>) {
  const can = useCan();
  const place = mode === 'chat' ? ('/apps/$appId/chat' as const) : ('/apps/$appId/use' as const);
  // Conversations are also for those who only read them.
  const use = mode === 'chat' || can('run.create') ? place : null;
  return { use, opens: can('app.write') || use === null ? ('/apps/$appId/design' as const) : use };
}
