import { CircleX, X } from 'lucide-react';
import { useEffect } from 'react';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { type Bubble as Said, useView } from './view';

const STAYS_MS = 9000;

/** Why a line was refused, at the place where it was let go, with a way out where there is one. */
export function Bubble({ said }: { said: Said }) {
  const t = useCommon();
  useEffect(() => {
    const close = () => useView.getState().bubble === said && useView.getState().set({ bubble: null });
    const timer = setTimeout(close, STAYS_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const close = () => useView.getState().set({ bubble: null });
  return (
    <div
      role="alert"
      className="enter-up fixed z-40 flex w-80 max-w-[calc(100vw-16px)] items-start gap-2 rounded-lg border border-line bg-surface py-2 pr-1.5 pl-3 shadow-overlay"
      style={{
        left: Math.max(8, Math.min(said.screen.x + 12, innerWidth - 336)),
        top: Math.max(8, Math.min(said.screen.y + 8, innerHeight - 140)),
      }}
    >
      <CircleX size={16} aria-hidden="true" className="mt-0.5 shrink-0 text-bad" />
      <div className="min-w-0 flex-1 pb-0.5">
        <p>{said.text}</p>
        {said.action && (
          <Button
            size="small"
            className="mt-2"
            onClick={() => {
              said.action?.run();
              close();
            }}
          >
            {said.action.label}
          </Button>
        )}
      </div>
      <IconButton icon={X} size="small" label={t('close')} onClick={close} />
    </div>
  );
}
