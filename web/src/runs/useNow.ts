import { useEffect, useState } from 'react';

const TICK = 100;

/** The time, ten times a second while `going`. */
export function useNow(going: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(() => setNow(Date.now()), TICK);
    return () => clearInterval(timer);
  }, [going]);
  return now;
}
