/** Sessions, people, keys, the installation; what all lists look like. */
import type { Text } from '@/i18n';

export interface List<Item> {
  items: Item[];
  next: string | null;
}

export type Role = 'owner' | 'admin' | 'editor' | 'analyst' | 'auditor';

export interface Session {
  user: { id: string; username: string; role: Role };
  /** `currency` is what prices of models are in. */
  workspace: { id: string; name: string; currency: string };
  permissions: string[];
  csrf: string;
  language: 'zh' | 'en';
}

export interface User {
  id: string;
  username: string;
  role: Role;
  disabled: boolean;
  created_at: number;
  last_seen_at?: number | null;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  role: Role;
  created_at: number;
  expires_at: number | null;
  last_used_at?: number | null;
  created_by?: string;
}

export interface System {
  version: string;
  mode: string;
  sandbox: { available: boolean; reason: Text | null };
  offline_models: boolean;
  zone: string;
  warnings: Text[];
}

export interface Label {
  level: string;
  tags: string[];
}
