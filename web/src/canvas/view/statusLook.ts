import {
  Ban,
  CircleCheck,
  CirclePause,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
  SkipForward,
} from 'lucide-react';
import type { NodeStatus } from '@/runs/fold';
import type { Word } from './words';

export interface Look {
  icon: LucideIcon;
  color: string;
  word: Word;
}

/** How a node's state in the run is shown: always icon, word and colour. A node that was not reached shows nothing. */
export const STATUS: Record<Exclude<NodeStatus, 'idle'>, Look> = {
  running: { icon: LoaderCircle, color: 'text-run', word: 'status_running' },
  retrying: { icon: RotateCw, color: 'text-run', word: 'status_retrying' },
  succeeded: { icon: CircleCheck, color: 'text-ok', word: 'status_succeeded' },
  failed: { icon: CircleX, color: 'text-bad', word: 'status_failed' },
  cancelled: { icon: Ban, color: 'text-idle', word: 'status_cancelled' },
  skipped: { icon: SkipForward, color: 'text-idle', word: 'status_skipped' },
  paused: { icon: CirclePause, color: 'text-pause', word: 'status_paused' },
};
