/** Which section of the settings is looked at; absent: the first. */
export interface SectionSearch {
  section?: string;
}

export const readSection = ({ section }: Record<string, unknown>): SectionSearch =>
  typeof section === "string" ? { section } : {};
