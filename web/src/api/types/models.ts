/** Models, providers, policy. */
import type { Text } from '@/i18n';

export interface Model {
  name: string;
  provider: string;
  kind: 'chat' | 'embedding';
  zone: string;
  offline: boolean;
  label: Text;
}

export interface Models {
  items: Model[];
  default_chat: string | null;
  default_embedding: string | null;
}

export interface Provider {
  id: string;
  name: string;
  base_url: string;
  zone: string;
  models: { name: string; kind: 'chat' | 'embedding' }[];
  has_key: boolean;
  created_at: number;
}

export interface ProviderTest {
  ok: boolean;
  ms: number;
  models: string[];
  error: { code: string; message: Text } | null;
}

export interface Policy {
  levels: string[];
  zones: { name: string; description: Text | string }[];
  rules: unknown[];
  [more: string]: unknown;
}
