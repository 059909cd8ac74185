# #region story
node examples/cluster/story.ts
# #endregion story
