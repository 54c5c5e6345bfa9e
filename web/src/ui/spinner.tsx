import { useEffect, useState } from 'react';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';

/** True once `ms` have passed: what is quick shows no spinner at all. */
export function useLate(ms = 300): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return late;
}

export function Spinner({ size = 16, className }: { size?: number; className?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      aria-hidden="true"
      className={cn('shrink-0 animate-spin', className)}
    >
      <circle cx="8" cy="8" r="6.5" stroke="currentColor" strokeOpacity="0.25" strokeWidth="2" />
      <path d="M8 1.5A6.5 6.5 0 0 1 14.5 8" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}

/** Fills its place from the start, so that nothing jumps; turns visible after 300 ms. */
export function Loading({ className }: { className?: string }) {
  const t = useCommon();
  const late = useLate();
  return (
    <div role="status" className={cn('grid min-h-40 place-items-center text-ink-3', className)}>
      {late && (
        <span className="flex items-center gap-2">
          <Spinner />
          {t('loading')}
        </span>
      )}
    </div>
  );
}
