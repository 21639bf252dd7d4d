import { PageHead } from "../components/page.tsx";

export const MemoryPage = () => <PageHead title="Memory" />;
