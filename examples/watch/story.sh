# #region story
node examples/watch/story.ts
# #endregion story
