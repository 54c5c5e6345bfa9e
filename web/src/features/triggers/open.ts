/** What may lie over the list: one dialog at a time. */
import type { Trigger, TriggerKind } from '@/api/types';

export type Open =
  | { dialog: 'new'; kind: TriggerKind }
  | { dialog: 'edit'; trigger: Trigger }
  | { dialog: 'try' | 'rotate'; trigger: Trigger }
  /** How to send to a webhook; `secret` the one time that it is known. */
  | { dialog: 'hook'; trigger: Trigger; secret: string | null };
