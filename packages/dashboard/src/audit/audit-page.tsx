import { PageHead } from "../components/page.tsx";

export const AuditPage = () => <PageHead title="Audit" />;
