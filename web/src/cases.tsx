export function CasesView() { return null; }
