import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '@/ui/icon-button';
import { usePanelWords } from './words';

interface Props {
  title: string;
  hint?: ReactNode;
  onClose(): void;
  children: ReactNode;
}

/** The panel while no single node is selected. */
export function Frame({ title, hint, onClose, children }: Props) {
  const t = usePanelWords();
  return (
    <>
      <header className="flex items-start gap-2 border-b border-line py-2 pr-2 pl-4">
        <div className="min-w-0 flex-1 pt-1">
          <h2 className="truncate text-md font-semibold">{title}</h2>
          {hint && <p className="text-xs text-ink-3">{hint}</p>}
        </div>
        <IconButton icon={X} label={t('closePanel')} onClick={onClose} />
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 pt-3 pb-6">{children}</div>
    </>
  );
}
