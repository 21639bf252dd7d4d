import { PageHead } from "../components/page.tsx";

export const GalleryPage = () => <PageHead title="Gallery" />;
