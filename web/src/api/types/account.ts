/** Sessions, people, keys, the installation; what all lists look like. */
import type { Text } from '@/i18n';

export interface List<Item> {
  items: Item[];
  next: string | null;
}

/** A built-in one by its word, such as `owner`, or one that the workspace made: `role_…`. */
export type RoleId = string;

export interface Session {
  user: { id: string; username: string; role: RoleId; role_name: string };
  /** `currency` is what prices of models are in. */
  workspace: { id: string; name: string; currency: string };
  permissions: string[];
  csrf: string;
  language: 'zh' | 'en';
  /** Whether a code is asked for beside the password. */
  second_factor: boolean;
  /** The workspace asks for one and there is none yet: until there is, nothing else is permitted. */
  second_factor_due: boolean;
  recovery_codes_left: number;
  /** Comes in by the company's own directory only. */
  sso: boolean;
  /** Comes in by that or by a password. */
  linked: boolean;
}

export interface User {
  id: string;
  username: string;
  email: string | null;
  role: RoleId;
  role_name: string;
  groups: string[];
  /** Signs in with a code beside the password. */
  second_factor: boolean;
  /** Signs in by the company's own directory only. */
  sso: boolean;
  /** Signs in by that or by a password. */
  linked: boolean;
  disabled: boolean;
  created_at: number;
  last_seen_at: number | null;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  role: RoleId;
  role_name: string;
  /** What it is held to; null: everything that its role allows. */
  apps: string[] | null;
  datasets: string[] | null;
  created_at: number;
  created_by_name: string | null;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface System {
  version: string;
  mode: 'development' | 'test' | 'production';
  sandbox: { available: boolean; reason: Text | null };
  offline_models: boolean;
  zone: string;
  warnings: Text[];
}

export interface Label {
  level: string;
  tags: string[];
}
