import { GitFork } from 'lucide-react';
import { Suspense, useState } from 'react';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { words } from '../words';

const ForkDialog = lazily(() => import('./ForkDialog'));

interface Props {
  runId: string;
  node: string | null;
  onStarted(run: Run): void;
  size?: 'small' | 'normal';
}

/** Begins a run again from a node, or from its start. */
export function ForkButton({ runId, node, onStarted, size = 'small' }: Props) {
  const t = useT(words);
  const can = useCan();
  const [open, setOpen] = useState(false);
  if (!can('run.debug')) return null;
  return (
    <>
      <Button size={size} icon={GitFork} onClick={() => setOpen(true)}>
        {node === null ? t('beginAgainFrom') : t('beginAgainHere')}
      </Button>
      {open && (
        <Suspense>
          <ForkDialog
            runId={runId}
            node={node}
            onClose={() => setOpen(false)}
            onStarted={(run) => {
              setOpen(false);
              onStarted(run);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
