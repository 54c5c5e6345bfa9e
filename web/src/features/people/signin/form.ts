/** What the form of a provider holds, and what of it goes to the server. Pure. */
import type { SsoMapping, SsoProvider } from '@/api/types';

export interface Row extends SsoMapping {
  /** Tells rows apart while they are edited. */
  key: number;
}

export interface ProviderForm {
  name: string;
  issuer: string;
  client_id: string;
  /** Empty: the one that the server has stays. */
  client_secret: string;
  scopes: string[];
  group_claim: string;
  mappings: Row[];
  default_role: string;
  enabled: boolean;
}

export const blank = (): ProviderForm => ({
  name: '',
  issuer: '',
  client_id: '',
  client_secret: '',
  scopes: ['openid', 'profile', 'email'],
  group_claim: 'groups',
  mappings: [],
  default_role: '',
  enabled: true,
});

export const formOf = (provider: SsoProvider): ProviderForm => ({
  name: provider.name,
  issuer: provider.issuer,
  client_id: provider.client_id,
  client_secret: '',
  scopes: provider.scopes,
  group_claim: provider.group_claim,
  mappings: provider.mappings.map((mapping, key) => ({ ...mapping, key })),
  default_role: provider.default_role ?? '',
  enabled: provider.enabled,
});

type Needed = 'name' | 'issuer' | 'client_id' | 'group_claim';

/** Fields that have to be filled and are not. */
export const missingIn = (form: ProviderForm): Needed[] =>
  (['name', 'issuer', 'client_id', 'group_claim'] as const).filter((name) => !form[name].trim());

export function bodyOf(form: ProviderForm) {
  return {
    name: form.name.trim(),
    issuer: form.issuer.trim(),
    client_id: form.client_id.trim(),
    ...(form.client_secret ? { client_secret: form.client_secret } : {}),
    scopes: form.scopes,
    group_claim: form.group_claim.trim(),
    // A row without a value, or that gives nothing, was begun and left.
    mappings: form.mappings
      .filter(({ value, role, group_id }) => value.trim() && (role || group_id))
      .map(({ value, role, group_id }) => ({ value: value.trim(), role, group_id })),
    default_role: form.default_role || null,
    enabled: form.enabled,
  };
}
