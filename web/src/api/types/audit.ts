/** Records of who did what, and how the chain that they form stands. */
import type { Text } from '@/i18n';

export interface AuditRecord {
  seq: number;
  at: number;
  actor: { kind: string; id: string; name: string };
  action: string;
  title: Text;
  target: { kind: string; id: string };
  outcome: 'done' | 'refused' | 'failed';
  detail: Record<string, unknown>;
  address: string;
  request_id: string;
  hash: string;
}

export interface AuditPage {
  items: AuditRecord[];
  /** The number that the next page is before. */
  next: number | null;
}

export interface AuditAction {
  action: string;
  title: Text;
}

export interface AuditCheck {
  ok: boolean;
  records: number;
  first_seq: number | null;
  last_seq: number | null;
  checkpoints: number;
  last_checkpoint: { seq: number; at: number; key_id: string } | null;
  /** Ed25519 as base64, by which outsiders check the signatures; `key_id` is its short name. */
  public_key: string;
  key_id: string;
  /** 0: for ever. */
  kept_days: number;
  problems: { code: string; seq: number; message: Text }[];
}
