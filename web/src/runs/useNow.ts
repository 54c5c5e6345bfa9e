import { useEffect, useState } from 'react';

const TICK = 100;
const MINUTE = 60_000;

/** The time, every so often while `going`; ten times a second unless told otherwise. */
export function useNow(going: boolean, tick = TICK): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(() => setNow(Date.now()), tick);
    return () => clearInterval(timer);
  }, [going, tick]);
  return now;
}

export const useMinute = (): number => useNow(true, MINUTE);
