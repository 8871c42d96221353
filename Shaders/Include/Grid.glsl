// Which workgroup this is, in a line that Grid.swift may have folded over two axes.

uint workgroupIndex() {
    return gl_WorkGroupID.x + gl_NumWorkGroups.x * gl_WorkGroupID.y;
}

// The element this invocation owns where every invocation owns one (local size along x only).
uint elementIndex() {
    return workgroupIndex() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
}
