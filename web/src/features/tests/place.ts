/** What the page shows stands in its address: the tab, the evaluation, the node that is tuned, the case that is open. */
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';

const route = getRouteApi('/shell/apps/$appId/tests');

export type TabId = 'cases' | 'results' | 'tuning';

export interface Place {
  tab?: string;
  evaluation?: string;
  node?: string;
  case?: string;
  /** A run to make a case of. */
  run?: string;
}

/** A case that does not exist yet, in the place of an id. */
export const NEW = 'new';

export function usePlace() {
  const place: Place = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback(
    (change: Place, replace = false) =>
      void navigate({
        search: (before) =>
          Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value)) as Place,
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
  const tab: TabId =
    place.tab === 'results' || place.tab === 'tuning' || place.tab === 'cases'
      ? place.tab
      : place.node
        ? 'tuning'
        : place.evaluation
          ? 'results'
          : 'cases';
  return { place, tab, go };
}
