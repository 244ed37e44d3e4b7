export { Button, type ButtonProps, DownloadButton, LinkButton } from "./Button";
export { classes } from "./classes";
export { Dialog } from "./Dialog";
export { Check, Field, FormError, Input, Select, TextArea } from "./Field";
export { HeaderSlot } from "./HeaderSlot";
export { Logo } from "./Logo";
export { Menu, MenuItem, MenuLine, MenuLink, MenuNote } from "./Menu";
export { EmptyState, ErrorState, PageSkeleton, Skeleton } from "./States";
export { Toaster, toast } from "./Toast";
