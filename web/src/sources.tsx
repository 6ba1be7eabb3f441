export function SourcesView() { return null; }
