import { useState } from "preact/hooks";
import { useDesk } from "./desk";

/** useTenant is the tenant that something new is made in: "" where the user has but one. */
export function useTenant(first = ""): [string, (t: string) => void] {
  const { session } = useDesk();
  const all = session.tenants ?? [];
  const [tenant, setTenant] = useState("");
  if (all.length < 2) return ["", setTenant];
  return [tenant || (all.includes(first) ? first : all.includes("default") ? "default" : all[0]!), setTenant];
}

/** TenantChoice asks who sees several tenants for one. */
export function TenantChoice({ value, onChange, bare }: { value: string; onChange: (t: string) => void; bare?: boolean }) {
  const { session } = useDesk();
  if (value === "") return null;
  const select = <select aria-label="Tenant" value={value} onChange={(e) => onChange(e.currentTarget.value)}>{session.tenants!.map((t) => <option key={t} value={t}>{t}</option>)}</select>;
  return bare ? select : <label>Tenant {select}</label>;
}
