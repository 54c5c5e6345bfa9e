/** Short messages at the bottom: what was done, with a way back. Never for what needs an act. */
import { CircleCheck, TriangleAlert, X } from 'lucide-react';
import { useEffect } from 'react';
import { create } from 'zustand';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';

interface Toast {
  id: number;
  text: string;
  tone: 'ok' | 'bad';
  action?: { label: string; run(): void };
  /** Runs when the message goes without its action having been taken. */
  onGone?(): void;
  ms: number;
}

interface Toasts {
  list: Toast[];
  add(toast: Toast): void;
  drop(id: number, acted?: boolean): void;
}

export const useToasts = create<Toasts>((set, get) => ({
  list: [],
  add: (toast) => set({ list: [...get().list, toast] }),
  drop: (id, acted = false) => {
    const toast = get().list.find((one) => one.id === id);
    if (!toast) return;
    set({ list: get().list.filter((one) => one.id !== id) });
    if (!acted) toast.onGone?.();
  },
}));

let last = 0;

type Options = Partial<Pick<Toast, 'tone' | 'action' | 'onGone' | 'ms'>>;

export function toast(text: string, options: Options = {}): number {
  last += 1;
  useToasts.getState().add({ id: last, text, tone: 'ok', ms: options.action ? 7000 : 4000, ...options });
  return last;
}

function ToastCard({ toast: item }: { toast: Toast }) {
  const t = useCommon();
  const drop = useToasts((state) => state.drop);
  useEffect(() => {
    const timer = setTimeout(() => drop(item.id), item.ms);
    return () => clearTimeout(timer);
  }, [drop, item.id, item.ms]);
  const Icon = item.tone === 'bad' ? TriangleAlert : CircleCheck;
  return (
    <li className="enter-up pointer-events-auto flex max-w-md items-center gap-2 rounded-lg border border-line bg-surface py-2 pr-2 pl-3 shadow-overlay">
      <Icon size={16} aria-hidden="true" className={cn('shrink-0', item.tone === 'bad' ? 'text-bad' : 'text-ok')} />
      <span className="min-w-0 flex-1">{item.text}</span>
      {item.action && (
        <button
          type="button"
          className="h-7 shrink-0 rounded-md px-2 font-semibold text-accent hover:bg-accent-soft"
          onClick={() => {
            item.action?.run();
            drop(item.id, true);
          }}
        >
          {item.action.label}
        </button>
      )}
      <button
        type="button"
        aria-label={t('close')}
        className="grid size-7 shrink-0 place-items-center rounded-md text-ink-3 hover:bg-sunken"
        onClick={() => drop(item.id)}
      >
        <X size={14} aria-hidden="true" />
      </button>
    </li>
  );
}

export function Toaster() {
  const t = useCommon();
  const list = useToasts((state) => state.list);
  return (
    <section aria-label={t('notifications')} aria-live="polite" className="contents">
      <ol className="pointer-events-none fixed inset-x-4 bottom-4 z-60 flex flex-col items-center gap-2 max-sm:bottom-18">
        {list.map((item) => (
          <ToastCard key={item.id} toast={item} />
        ))}
      </ol>
    </section>
  );
}

const pending = new Set<() => void>();
addEventListener('pagehide', () => {
  for (const finish of pending) finish();
});

/** Does something that can be undone for a few seconds: hides at once, carries out when the time is up. */
export function undoable(text: string, undoLabel: string, act: { carryOut(): void; undo(): void }) {
  let done = false;
  const finish = () => {
    if (done) return;
    done = true;
    pending.delete(finish);
    act.carryOut();
  };
  pending.add(finish);
  toast(text, {
    onGone: finish,
    action: {
      label: undoLabel,
      run: () => {
        done = true;
        pending.delete(finish);
        act.undo();
      },
    },
  });
}
