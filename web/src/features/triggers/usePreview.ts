import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { asApiError } from '@/api/errors';
import { previewQuery } from '@/api/queries';
import type { Tick } from '@/api/types';
import { useText } from '@/i18n';

const REST = 250;

function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}

export interface Previewed {
  zone: string;
  ticks: readonly Tick[] | undefined;
  /** What was chosen since: the times are those of before. */
  stale: boolean;
  faults: { cron?: string; zone?: string; other?: string };
}

/** The next times of a schedule, as the server will keep them, once the typing rests. */
export function usePreview(cron: string, zone: string): Previewed {
  const text = useText();
  const rested = useRested(cron);
  const query = useQuery({
    ...previewQuery(rested.trim(), zone),
    enabled: Boolean(rested.trim()),
    placeholderData: keepPreviousData,
  });
  const stale = rested !== cron || query.isPlaceholderData;
  const faults: Previewed['faults'] = {};
  if (query.isError && rested === cron && cron.trim()) {
    const error = asApiError(query.error);
    const where = error.pointer === '/cron' ? 'cron' : error.pointer === '/time_zone' ? 'zone' : 'other';
    faults[where] = text(error.text);
  }
  return { zone, ticks: rested.trim() ? query.data : undefined, stale, faults };
}
