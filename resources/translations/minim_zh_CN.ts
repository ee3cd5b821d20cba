<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>About</name>
    <message>
        <source>About Minim</source>
        <translation>关于 Minim</translation>
    </message>
    <message>
        <source>Version %s</source>
        <translation>版本 %s</translation>
    </message>
    <message>
        <source>Chat with MiniMax-M2 and other language models that run on your own machine.</source>
        <translation>在自己的电脑上，与 MiniMax-M2 等语言模型对话。</translation>
    </message>
    <message>
        <source>Nothing you write leaves it.</source>
        <translation>你写的内容不会离开本机。</translation>
    </message>
    <message>
        <source>Apache License 2.0</source>
        <translation>Apache 许可证 2.0</translation>
    </message>
    <message>
        <source>Acknowledgements…</source>
        <translation>致谢…</translation>
    </message>
</context>
<context>
    <name>Acknowledgements</name>
    <message>
        <source>Acknowledgements</source>
        <translation>致谢</translation>
    </message>
    <message>
        <source>What Minim is built with</source>
        <translation>Minim 所用的组件</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Its licence is not named.</source>
        <translation>没有注明许可证。</translation>
    </message>
    <message>
        <source>This package brings no text of its licence.</source>
        <translation>这个软件包没有附带许可证文本。</translation>
    </message>
</context>
<context>
    <name>AllowedToolsList</name>
    <message>
        <source>Revoke all</source>
        <translation>全部撤销</translation>
    </message>
    <message>
        <source>in the shown conversation</source>
        <translation>在当前对话中</translation>
    </message>
    <message>
        <source>in every conversation</source>
        <translation>在所有对话中</translation>
    </message>
    <message>
        <source>asks all the same, while this is off above</source>
        <translation>上面的选项关闭时仍会询问</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Revoke {0}, {1}</source>
        <translation>撤销 {0}，{1}</translation>
    </message>
    <message>
        <source>Nothing yet. Allow a call “for this conversation” or “always”, and its tool is listed here.</source>
        <translation>暂无。当你选择“在此对话中允许”或“始终允许”后，对应的工具会列在这里。</translation>
    </message>
</context>
<context>
    <name>App</name>
    <message>
        <source>What is 37 * 48?</source>
        <translation>37 * 48 等于多少？</translation>
    </message>
    <message>
        <source>What time is it in Shanghai?</source>
        <translation>上海现在几点？</translation>
    </message>
    <message>
        <source>How many miles are 5 km?</source>
        <translation>5 公里是多少英里？</translation>
    </message>
    <message>
        <source>Tell me a short story</source>
        <translation>给我讲一个小故事</translation>
    </message>
</context>
<context>
    <name>ArgumentEditor</name>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>还原</translation>
    </message>
    <message>
        <source>Undo your change of {0}</source>
        <translation>撤销对 {0} 的修改</translation>
    </message>
    <message>
        <source>Argument {0}</source>
        <translation>参数 {0}</translation>
    </message>
    <message>
        <source>Changed by you</source>
        <translation>已由你修改</translation>
    </message>
</context>
<context>
    <name>ArgumentEditors</name>
    <message>
        <source>Add an argument</source>
        <translation>添加参数</translation>
    </message>
    <message>
        <source>{0} (required)</source>
        <translation>{0}（必填）</translation>
    </message>
</context>
<context>
    <name>ArgumentList</name>
    <message>
        <source>Argument {0}</source>
        <translation>参数 {0}</translation>
    </message>
</context>
<context>
    <name>ArgumentValues</name>
    <message>
        <source>This is not valid JSON. Expected: {0}</source>
        <translation>这不是有效的 JSON。应为：{0}</translation>
    </message>
    <message>
        <source>Expected: {0}</source>
        <translation>应为：{0}</translation>
    </message>
    <message>
        <source>This is another type. Expected: {0}</source>
        <translation>类型不符。应为：{0}</translation>
    </message>
    <message>
        <source>It must be one of: {0}</source>
        <translation>必须是以下之一：{0}</translation>
    </message>
</context>
<context>
    <name>BlockWriter</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
</context>
<context>
    <name>CallWords</name>
    <message>
        <source>Tool call</source>
        <translation>工具调用</translation>
    </message>
    <message>
        <source>Built in</source>
        <translation>内置</translation>
    </message>
    <message>
        <source>less than 0.1 s</source>
        <translation>不到 0.1 秒</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} 秒</translation>
    </message>
    <message>
        <source>{0} min {1} s</source>
        <translation>{0} 分 {1} 秒</translation>
    </message>
    <message>
        <source>taken back</source>
        <translation>已撤回</translation>
    </message>
    <message>
        <source>writing…</source>
        <translation>正在写…</translation>
    </message>
    <message>
        <source>next in line</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>waiting for your answer</source>
        <translation>等待你的决定</translation>
    </message>
    <message>
        <source>running…</source>
        <translation>正在运行…</translation>
    </message>
    <message>
        <source>done in {0}</source>
        <translation>已完成（{0}）</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>not allowed</source>
        <translation>未允许</translation>
    </message>
    <message>
        <source>unknown tool</source>
        <translation>未知工具</translation>
    </message>
    <message>
        <source>cut off</source>
        <translation>被截断</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>not run</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>Changed by you: {0}. The model was told.</source>
        <translation>已由你修改：{0}。已告知模型。</translation>
    </message>
    <message>
        <source>This would change nothing.</source>
        <translation>这不会改变任何内容。</translation>
    </message>
    <message>
        <source>Looking at what this would change…</source>
        <translation>正在查看会改变什么…</translation>
    </message>
    <message>
        <source>This call could not be read, so it never ran.</source>
        <translation>无法读取这个调用，因此它没有运行。</translation>
    </message>
    <message>
        <source>This call was cut off before it was complete, so it never ran.</source>
        <translation>这个调用在写完之前被截断，因此它没有运行。</translation>
    </message>
    <message>
        <source>There is no tool of this name, so nothing ran.</source>
        <translation>没有叫这个名字的工具，因此什么也没有运行。</translation>
    </message>
    <message>
        <source>The model was told.</source>
        <translation>已告知模型。</translation>
    </message>
</context>
<context>
    <name>CardHead</name>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop {0}</source>
        <translation>停止 {0}</translation>
    </message>
</context>
<context>
    <name>CatalogQueue</name>
    <message>
        <source>Minim could not look for models.</source>
        <translation>Minim 无法查找模型。</translation>
    </message>
    <message>
        <source>Minim could not do what was asked about models.</source>
        <translation>Minim 未能完成有关模型的操作。</translation>
    </message>
</context>
<context>
    <name>ChatPage</name>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>None: the model’s own is used</source>
        <translation>无：使用模型自带的系统提示词</translation>
    </message>
</context>
<context>
    <name>ChatSession</name>
    <message>
        <source>Another conversation is still being answered.</source>
        <translation>另一个对话的回答还没有写完。</translation>
    </message>
    <message>
        <source>Wait until that answer is complete, or stop it there.</source>
        <translation>请等它写完，或在那个对话里停止它。</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Will be sent as soon as the model is loaded</source>
        <translation>模型加载完成后立即发送</translation>
    </message>
    <message>
        <source>%s sends · Enter starts a new line</source>
        <translation>%s 发送 · Enter 换行</translation>
    </message>
    <message>
        <source>Enter sends · Shift+Enter starts a new line</source>
        <translation>Enter 发送 · Shift+Enter 换行</translation>
    </message>
    <message>
        <source>Write a message</source>
        <translation>写一条消息</translation>
    </message>
    <message>
        <source>Message %s</source>
        <translation>给 %s 发消息</translation>
    </message>
</context>
<context>
    <name>ConsentChoices</name>
    <message>
        <source>Allow this tool to run?</source>
        <translation>允许运行这个工具吗？</translation>
    </message>
    <message>
        <source>Don’t allow</source>
        <translation>不允许</translation>
    </message>
    <message>
        <source>Allow once</source>
        <translation>允许一次</translation>
    </message>
    <message>
        <source>Allow for longer</source>
        <translation>更久地允许</translation>
    </message>
    <message>
        <source>Allow in this conversation</source>
        <translation>在此对话中允许</translation>
    </message>
    <message>
        <source>Say why not</source>
        <translation>说明原因</translation>
    </message>
    <message>
        <source>Allow {0} to run</source>
        <translation>允许运行 {0}</translation>
    </message>
    <message>
        <source>Don’t allow {0} to run</source>
        <translation>不允许运行 {0}</translation>
    </message>
    <message>
        <source>Allow {0} to run for longer</source>
        <translation>更久地允许运行 {0}</translation>
    </message>
    <message>
        <source>A word to the model (optional)</source>
        <translation>给模型的话（可选）</translation>
    </message>
    <message>
        <source>Why not: a word to the model</source>
        <translation>不允许的原因：给模型的话</translation>
    </message>
    <message>
        <source>Always allow {0} of {1}</source>
        <translation>始终允许 {1} 的 {0}</translation>
    </message>
    <message>
        <source>Always allow {0}</source>
        <translation>始终允许 {0}</translation>
    </message>
    <message>
        <source>“Always” ends when this tool or its server’s command changes: then you are asked again.</source>
        <translation>这个工具或其服务器的命令一旦改变，“始终允许”即失效，会再次询问你。</translation>
    </message>
    <message>
        <source>“Always” ends when this tool changes: then you are asked again.</source>
        <translation>这个工具一旦改变，“始终允许”即失效，会再次询问你。</translation>
    </message>
</context>
<context>
    <name>ConversationList</name>
    <message>
        <source>Deleted “%s”</source>
        <translation>已删除“%s”</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Filter conversations</source>
        <translation>筛选对话</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>ConversationListModel</name>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>{0}: waits for your answer</source>
        <translation>{0}：等待你的回答</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>Previous 7 days</source>
        <translation>过去 7 天</translation>
    </message>
    <message>
        <source>Previous 30 days</source>
        <translation>过去 30 天</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>更早</translation>
    </message>
</context>
<context>
    <name>ConversationOptions</name>
    <message>
        <source>Options of this conversation</source>
        <translation>此对话的选项</translation>
    </message>
    <message>
        <source>Stop strings</source>
        <translation>停止字符串</translation>
    </message>
    <message>
        <source>Changes hold from the next answer on.</source>
        <translation>更改从下一个回答起生效。</translation>
    </message>
    <message>
        <source>Reset to defaults</source>
        <translation>恢复默认值</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>No system prompt in this conversation</source>
        <translation>此对话不使用系统提示词</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top p</translation>
    </message>
    <message>
        <source>Top k</source>
        <translation>Top k</translation>
    </message>
    <message>
        <source>Min p</source>
        <translation>Min p</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Not used: a whole number from {0} to {1}</source>
        <translation>未采用：请输入 {0} 到 {1} 之间的整数</translation>
    </message>
    <message>
        <source>Not used: a number from {0} to {1}</source>
        <translation>未采用：请输入 {0} 到 {1} 之间的数</translation>
    </message>
    <message>
        <source>None: the model’s own is used</source>
        <translation>无：使用模型自带的系统提示词</translation>
    </message>
    <message>
        <source>None. One a line</source>
        <translation>无。每行一个</translation>
    </message>
    <message>
        <source>{0}, as in the settings</source>
        <translation>{0}（与设置相同）</translation>
    </message>
    <message>
        <source>Another one each time</source>
        <translation>每次不同</translation>
    </message>
    <message>
        <source>As long as there is room</source>
        <translation>有多少空间就写多长</translation>
    </message>
    <message>
        <source>As the model recommends</source>
        <translation>按模型的建议</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Edit message</source>
        <translation>编辑消息</translation>
    </message>
    <message>
        <source>The answer is written again; the old one stays as a branch.</source>
        <translation>回答会重新生成；原来的回答保留为一个分支。</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
</context>
<context>
    <name>DiffView</name>
    <message>
        <source>Changes in the file</source>
        <translation>文件中的更改</translation>
    </message>
    <message>
        <source>Changes</source>
        <translation>更改</translation>
    </message>
    <message>
        <source>looking again…</source>
        <translation>正在重新查看…</translation>
    </message>
    <message>
        <source>new file, {0}</source>
        <translation>新文件，{0}</translation>
    </message>
    <message>
        <source>deleted, {0}</source>
        <translation>已删除，{0}</translation>
    </message>
    <message>
        <source>Show fewer lines</source>
        <translation>收起</translation>
    </message>
    <message>
        <source>Show all {0} lines</source>
        <translation>显示全部 {0} 行</translation>
    </message>
</context>
<context>
    <name>DocumentView</name>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>DownloadFiles</name>
    <message>
        <source>1 file to come</source>
        <translation>还有 1 个文件</translation>
    </message>
    <message>
        <source>%d files to come</source>
        <translation>还有 %d 个文件</translation>
    </message>
    <message>
        <source>and %d more</source>
        <translation>以及另外 %d 个</translation>
    </message>
</context>
<context>
    <name>DownloadNews</name>
    <message>
        <source>%s could not be downloaded: %s</source>
        <translation>无法下载 %s：%s</translation>
    </message>
    <message>
        <source>%s was checked: all of its files are right.</source>
        <translation>已检查 %s：所有文件都正确。</translation>
    </message>
    <message>
        <source>Models taken into the catalogue: %s</source>
        <translation>已加入目录的模型：%s</translation>
    </message>
    <message>
        <source>No hub can be reached. What is here works, and downloads go on when one answers again.</source>
        <translation>无法连接任何模型站点。这里已有的都能用；站点恢复后，下载会继续。</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>Models are fetched from a hub. Nothing you write leaves this machine.</source>
        <translation>正在从模型站点获取模型。你写的内容不会离开本机。</translation>
    </message>
    <message>
        <source>Downloading, %d %%</source>
        <translation>正在下载，%d%%</translation>
    </message>
    <message>
        <source>An engine comes from Python’s package index. Nothing you write leaves this machine.</source>
        <translation>引擎来自 Python 的软件包索引。你写的内容不会离开本机。</translation>
    </message>
    <message>
        <source>Installing an engine, %d %%</source>
        <translation>正在安装引擎，%d%%</translation>
    </message>
</context>
<context>
    <name>DownloadQueue</name>
    <message>
        <source>It goes on by itself.</source>
        <translation>下载会自动继续。</translation>
    </message>
    <message>
        <source>Try again: what has come is kept.</source>
        <translation>请重试：已下载的部分会保留。</translation>
    </message>
    <message>
        <source>The download was interrupted: %s</source>
        <translation>下载中断：%s</translation>
    </message>
    <message>
        <source>Minim could not do what was asked about a download.</source>
        <translation>Minim 未能完成有关下载的操作。</translation>
    </message>
</context>
<context>
    <name>DownloadRow</name>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Cancel the download</source>
        <translation>取消下载</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Give token…</source>
        <translation>提供访问令牌…</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Show folder</source>
        <translation>显示文件夹</translation>
    </message>
    <message>
        <source>Use %s instead</source>
        <translation>改用 %s</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}：{1}</translation>
    </message>
    <message>
        <source>Progress of %s</source>
        <translation>%s 的进度</translation>
    </message>
    <message>
        <source>%s have come. Cancelling deletes them; pausing keeps them.</source>
        <translation>已下载 %s。取消会将其删除，暂停则会保留。</translation>
    </message>
    <message>
        <source>Delete what has come</source>
        <translation>删除已下载的部分</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>保留</translation>
    </message>
</context>
<context>
    <name>Downloads</name>
    <message>
        <source>Downloads</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Clear finished</source>
        <translation>清除已完成的</translation>
    </message>
    <message>
        <source>Takes them out of this list. The models stay where they are.</source>
        <translation>只从这个列表中移除，模型仍保留在原处。</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>模型…</translation>
    </message>
    <message>
        <source>Nothing is being downloaded. Choose a model, and it is fetched here while you go on.</source>
        <translation>当前没有下载。选择一个模型，它会在这里下载，你可以继续做别的事。</translation>
    </message>
    <message>
        <source>no hub can be reached</source>
        <translation>无法连接到模型站点</translation>
    </message>
    <message>
        <source>All is here: %s</source>
        <translation>全部已下载：%s</translation>
    </message>
</context>
<context>
    <name>DownloadsButton</name>
    <message>
        <source>Downloads: one has stopped</source>
        <translation>下载：有一项已停止</translation>
    </message>
    <message>
        <source>Downloads: %d have stopped</source>
        <translation>下载：有 %d 项已停止</translation>
    </message>
    <message>
        <source>Downloads: the %s engine, %d %%</source>
        <translation>下载：%s 引擎，%d %%</translation>
    </message>
    <message>
        <source>Downloads: all is here</source>
        <translation>下载：全部完成</translation>
    </message>
    <message>
        <source>Downloads: waiting for the hub</source>
        <translation>下载：等待模型站点恢复连接</translation>
    </message>
    <message>
        <source>Downloads: paused</source>
        <translation>下载：已暂停</translation>
    </message>
    <message>
        <source>Downloads: %s, %d %%</source>
        <translation>下载：%s，%d%%</translation>
    </message>
    <message>
        <source>Downloads: %d, %d %%</source>
        <translation>下载：%d 项，%d%%</translation>
    </message>
</context>
<context>
    <name>EngineLines</name>
    <message>
        <source>MLX comes with Minim.</source>
        <translation>MLX 随 Minim 一起提供。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
</context>
<context>
    <name>EngineQueue</name>
    <message>
        <source>FP8 is turned into 16 bits without it, which takes twice the memory.</source>
        <translation>没有它，FP8 会被转换为 16 位，占用两倍内存。</translation>
    </message>
    <message>
        <source>The {0} engine is installed; the package {1} could not be had.</source>
        <translation>{0} 引擎已安装，但未能获取软件包 {1}。</translation>
    </message>
    <message>
        <source>The installation was interrupted.</source>
        <translation>安装被中断。</translation>
    </message>
    <message>
        <source>The engine could not be removed.</source>
        <translation>无法移除引擎。</translation>
    </message>
</context>
<context>
    <name>EngineRow</name>
    <message>
        <source>Python’s package index</source>
        <translation>Python 的软件包索引</translation>
    </message>
    <message>
        <source>Cancel the installation</source>
        <translation>取消安装</translation>
    </message>
    <message>
        <source>%s engine</source>
        <translation>%s 引擎</translation>
    </message>
    <message>
        <source>Progress of %s</source>
        <translation>%s 的进度</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}：{1}</translation>
    </message>
</context>
<context>
    <name>FamilyListModel</name>
    <message>
        <source>Recommended for this Mac</source>
        <translation>推荐用于这台 Mac</translation>
    </message>
    <message>
        <source>Recommended for this machine</source>
        <translation>推荐用于这台电脑</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>在这台电脑上</translation>
    </message>
    <message>
        <source>More models</source>
        <translation>更多模型</translation>
    </message>
    <message>
        <source>On %s</source>
        <translation>%s 上</translation>
    </message>
    <message>
        <source>Search {0} for “{1}”</source>
        <translation>在 {0} 上搜索“{1}”</translation>
    </message>
    <message>
        <source>Searching…</source>
        <translation>正在搜索…</translation>
    </message>
    <message>
        <source>Nothing more was found</source>
        <translation>没有找到更多模型</translation>
    </message>
    <message>
        <source>Paused at %d %%</source>
        <translation>已暂停，%d%%</translation>
    </message>
    <message>
        <source>Stopped at %d %%</source>
        <translation>已停止，%d%%</translation>
    </message>
    <message>
        <source>Waiting to be downloaded</source>
        <translation>等待下载</translation>
    </message>
    <message>
        <source>Checking, %d %%</source>
        <translation>正在校验，%d%%</translation>
    </message>
    <message>
        <source>Downloading, %d %%</source>
        <translation>正在下载，%d%%</translation>
    </message>
</context>
<context>
    <name>FindBar</name>
    <message>
        <source>Find in this conversation</source>
        <translation>在此对话中查找</translation>
    </message>
    <message>
        <source>Places found</source>
        <translation>找到的位置</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Not found</source>
        <translation>未找到</translation>
    </message>
    <message>
        <source>1 place</source>
        <translation>1 处</translation>
    </message>
    <message>
        <source>{0} places</source>
        <translation>{0} 处</translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>Welcome to Minim</source>
        <translation>欢迎使用 Minim</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新查找</translation>
    </message>
    <message>
        <source>Talk to the built-in model meanwhile</source>
        <translation>先与内置模型对话</translation>
    </message>
    <message>
        <source>The download goes on if you leave this page. The model is loaded when it has come.</source>
        <translation>离开此页，下载会继续。模型下载完成后会自动加载。</translation>
    </message>
    <message>
        <source>Start with the built-in model</source>
        <translation>从内置模型开始</translation>
    </message>
    <message>
        <source>It is small, can call tools, and knows little of the world. Esc skips this page.</source>
        <translation>它很小，会调用工具，但知识有限。按 Esc 跳过此页。</translation>
    </message>
    <message>
        <source>Back to the conversation</source>
        <translation>返回对话</translation>
    </message>
    <message>
        <source>Talk to language models that run on your own machine.</source>
        <translation>在自己的电脑上，与语言模型对话。</translation>
    </message>
    <message>
        <source>Looking at what this machine can run…</source>
        <translation>正在查看这台电脑能运行什么…</translation>
    </message>
    <message>
        <source>Hub to download from</source>
        <translation>下载来源</translation>
    </message>
    <message>
        <source>Models come from</source>
        <translation>模型来自</translation>
    </message>
    <message>
        <source>Nothing you write leaves this machine. Minim uses the internet to look for models and to fetch what you choose.</source>
        <translation>你写的内容不会离开这台电脑。Minim 会使用互联网来查找模型和下载你选择的内容。</translation>
    </message>
</context>
<context>
    <name>FirstRunDesk</name>
    <message>
        <source>Mirror: %s</source>
        <translation>镜像：%s</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>镜像</translation>
    </message>
</context>
<context>
    <name>FirstRunRow</name>
    <message>
        <source>Progress of %s</source>
        <translation>%s 的进度</translation>
    </message>
    <message>
        <source>Cancel the download</source>
        <translation>取消下载</translation>
    </message>
    <message>
        <source>Give token…</source>
        <translation>提供访问令牌…</translation>
    </message>
    <message>
        <source>Use %s instead</source>
        <translation>改用 %s</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}：{1}</translation>
    </message>
</context>
<context>
    <name>FolderList</name>
    <message>
        <source>Add a folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>A folder for file tools</source>
        <translation>供文件工具使用的文件夹</translation>
    </message>
    <message>
        <source>No folder is granted.</source>
        <translation>尚未授权任何文件夹。</translation>
    </message>
    <message>
        <source>Take back {0}</source>
        <translation>收回 {0}</translation>
    </message>
</context>
<context>
    <name>FullContextCard</name>
    <message>
        <source>Dropped turns stay here to be read; the model is no longer given them. A new conversation begins with a summary.</source>
        <translation>丢弃的轮次仍保留在此供阅读，只是不再提供给模型。新对话会以一份摘要开始。</translation>
    </message>
    <message>
        <source>Drop the oldest turns</source>
        <translation>丢弃最早的对话轮次</translation>
    </message>
    <message>
        <source>Go on in a new conversation</source>
        <translation>在新对话中继续</translation>
    </message>
    <message>
        <source>Leave it as it is</source>
        <translation>保持现状</translation>
    </message>
    <message>
        <source>This conversation fills the context length: {0} tokens.</source>
        <translation>此对话已用满上下文长度：{0} 个 token。</translation>
    </message>
    <message>
        <source>This conversation fills the memory that is left for it: about {0} tokens.</source>
        <translation>此对话已用满为它留下的内存：约 {0} 个 token。</translation>
    </message>
    <message>
        <source>Answers may become very slow.</source>
        <translation>回答可能会变得很慢。</translation>
    </message>
</context>
<context>
    <name>GeneralPage</name>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Another language is used from the next start on.</source>
        <translation>更改语言后，下次启动时生效。</translation>
    </message>
    <message>
        <source>Send a message with</source>
        <translation>发送消息的按键</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>Ctrl+Enter, or Cmd+Enter on a Mac</source>
        <translation>Ctrl+Enter（Mac 上为 Cmd+Enter）</translation>
    </message>
    <message>
        <source>Send with</source>
        <translation>发送键</translation>
    </message>
</context>
<context>
    <name>LeaveQuestion</name>
    <message>
        <source>Quit Minim</source>
        <translation>退出 Minim</translation>
    </message>
    <message>
        <source>Quit, or keep running without the window?</source>
        <translation>要退出，还是关闭窗口并在后台继续运行？</translation>
    </message>
    <message>
        <source>Quit Minim?</source>
        <translation>退出 Minim？</translation>
    </message>
    <message>
        <source>To bring the window back later, start Minim again.</source>
        <translation>继续运行时，再次启动 Minim 即可恢复窗口。</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Keep running</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>An answer waits for you. What is written so far is kept.</source>
        <translation>有一个回答在等你处理。已经写出的内容会保留。</translation>
    </message>
    <message>
        <source>A tool is running, and would be stopped. What is written so far is kept.</source>
        <translation>有工具正在运行，退出会使它停止。已经写出的内容会保留。</translation>
    </message>
    <message>
        <source>An answer is being written. What is written so far is kept.</source>
        <translation>正在写回答。已经写出的内容会保留。</translation>
    </message>
    <message>
        <source>Downloads would stop, and go on from there when Minim is started again.</source>
        <translation>退出后下载会停止，下次启动 Minim 时从中断处继续。</translation>
    </message>
    <message>
        <source>The engine that is being installed would have to be installed again.</source>
        <translation>正在安装的引擎之后需要重新安装。</translation>
    </message>
</context>
<context>
    <name>MemoryPage</name>
    <message>
        <source>Never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>After %s minutes</source>
        <translation>%s 分钟后</translation>
    </message>
    <message>
        <source>Unload the model when idle</source>
        <translation>空闲时卸载模型</translation>
    </message>
    <message>
        <source>Gives the model’s memory back to other apps. Your next message loads it again.</source>
        <translation>把模型占用的内存还给其他应用。你的下一条消息会重新加载它。</translation>
    </message>
    <message>
        <source>Unload when idle</source>
        <translation>空闲时卸载</translation>
    </message>
    <message>
        <source>Read ahead while you read and type</source>
        <translation>在你阅读和输入时提前读取</translation>
    </message>
    <message>
        <source>By the time you send, the model has read the conversation, and answers sooner.</source>
        <translation>到你发送时，模型已读完对话，能更快回答。</translation>
    </message>
    <message>
        <source>Not while the battery is low.</source>
        <translation>电池电量低时不会进行。</translation>
    </message>
    <message>
        <source>KV cache</source>
        <translation>KV 缓存</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Up to %s</source>
        <translation>最多 %s</translation>
    </message>
    <message>
        <source>KV caches kept on disk</source>
        <translation>保存在磁盘上的 KV 缓存</translation>
    </message>
    <message>
        <source>Kept on disk</source>
        <translation>保存在磁盘上</translation>
    </message>
    <message>
        <source>A conversation then goes on without being read again, after the model was unloaded too.</source>
        <translation>这样对话可以接着进行而无需重新读取，模型卸载之后也是如此。</translation>
    </message>
    <message>
        <source>How much is kept, and when a model is unloaded, changes when a model is loaded next.</source>
        <translation>保留多少以及何时卸载，从下次加载模型时起生效。</translation>
    </message>
    <message>
        <source>%s are used now.</source>
        <translation>现在已用 %s。</translation>
    </message>
    <message>
        <source>Nothing is kept now.</source>
        <translation>现在没有保存任何内容。</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Welcome to Minim</source>
        <translation>欢迎使用 Minim</translation>
    </message>
    <message>
        <source>Report a problem…</source>
        <translation>报告问题…</translation>
    </message>
    <message>
        <source>Acknowledgements</source>
        <translation>致谢</translation>
    </message>
    <message>
        <source>About Minim</source>
        <translation>关于 Minim</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Rename conversation</source>
        <translation>重命名对话</translation>
    </message>
    <message>
        <source>Delete conversation</source>
        <translation>删除对话</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>设置…</translation>
    </message>
    <message>
        <source>Close window</source>
        <translation>关闭窗口</translation>
    </message>
    <message>
        <source>Quit Minim</source>
        <translation>退出 Minim</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>剪切</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>Find in conversation…</source>
        <translation>在对话中查找…</translation>
    </message>
    <message>
        <source>View</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Show or hide conversations</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>Show or hide reasoning</source>
        <translation>显示或隐藏思考过程</translation>
    </message>
    <message>
        <source>Show or hide tools</source>
        <translation>显示或隐藏工具</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>全屏</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>模型…</translation>
    </message>
    <message>
        <source>Downloads…</source>
        <translation>下载…</translation>
    </message>
    <message>
        <source>Tool servers…</source>
        <translation>工具服务器…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Minimize</source>
        <translation>最小化</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Bring all to front</source>
        <translation>前置全部窗口</translation>
    </message>
</context>
<context>
    <name>MessageLines</name>
    <message>
        <source>The model is no longer given what is above.</source>
        <translation>以上内容不再提供给模型。</translation>
    </message>
    <message>
        <source>Give it all again</source>
        <translation>重新全部提供</translation>
    </message>
    <message>
        <source>Assistant</source>
        <translation>助手</translation>
    </message>
    <message>
        <source>Thought for {0}</source>
        <translation>思考了 {0}</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>正在思考…</translation>
    </message>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Allow this tool to run?</source>
        <translation>允许运行这个工具吗？</translation>
    </message>
    <message>
        <source>{0}, {1}</source>
        <translation>{0}，{1}</translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation>{1} 的 {0}</translation>
    </message>
    <message>
        <source>Allow once</source>
        <translation>允许一次</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Review…</source>
        <translation>查看…</translation>
    </message>
    <message>
        <source>The model has called tools in {0} rounds and wants to go on.</source>
        <translation>模型已经调用了 {0} 轮工具，还想继续。</translation>
    </message>
    <message>
        <source>Stop here</source>
        <translation>到此为止</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Don’t allow</source>
        <translation>不允许</translation>
    </message>
    <message>
        <source>Minim ended before this answer was complete</source>
        <translation>Minim 意外退出，回答未写完</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Cut off: the limit of the length of an answer was reached</source>
        <translation>已截断：达到了回答的长度上限</translation>
    </message>
    <message>
        <source>Something went wrong</source>
        <translation>出错了</translation>
    </message>
    <message>
        <source>Load again</source>
        <translation>重新加载</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>正在加载模型…</translation>
    </message>
    <message>
        <source>Loading the model… {0} %</source>
        <translation>正在加载模型… {0} %</translation>
    </message>
    <message>
        <source>Reading the prompt…</source>
        <translation>正在读取提示词…</translation>
    </message>
    <message>
        <source>Reading the prompt… {0} of {1} tokens</source>
        <translation>正在读取提示词… {0} / {1} 个 token</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新生成</translation>
    </message>
</context>
<context>
    <name>ModelArrival</name>
    <message>
        <source>The catalogue has no %s as %s %s.</source>
        <translation>目录中没有 %s 的 %s %s 版本。</translation>
    </message>
    <message>
        <source>No hub is known to have %s.</source>
        <translation>没有已知的模型站点提供 %s。</translation>
    </message>
    <message>
        <source>%s has no room on the disk: it takes %s, and %s are free.</source>
        <translation>磁盘空间不足以存放 %s：需要 %s，可用 %s。</translation>
    </message>
    <message>
        <source>Free some space, or choose another folder in the settings.</source>
        <translation>请释放一些空间，或在设置中选择另一个文件夹。</translation>
    </message>
    <message>
        <source>There is no model in %s any more.</source>
        <translation>%s 中已没有模型。</translation>
    </message>
    <message>
        <source>The %s engine is installed.</source>
        <translation>%s 引擎已安装。</translation>
    </message>
    <message>
        <source>%s is here.</source>
        <translation>%s 已下载完成。</translation>
    </message>
    <message>
        <source>No engine on this machine runs it.</source>
        <translation>这台电脑上没有能运行它的引擎。</translation>
    </message>
    <message>
        <source>It needs the %s engine, which is not installed: open it among the models.</source>
        <translation>它需要 %s 引擎，而该引擎尚未安装：请在模型列表中打开它。</translation>
    </message>
    <message>
        <source>This machine is small for it: open it among the models, which say what to expect.</source>
        <translation>它对这台电脑来说偏大：请在模型列表中打开，那里会说明预期情况。</translation>
    </message>
</context>
<context>
    <name>ModelButton</name>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>%s · loading %d %%</source>
        <translation>%s · 正在加载 %d%%</translation>
    </message>
    <message>
        <source>%s · resting</source>
        <translation>%s · 休眠中</translation>
    </message>
    <message>
        <source>%s · not loaded</source>
        <translation>%s · 未加载</translation>
    </message>
    <message>
        <source>Nobody used the model for a while, so its memory was given back.</source>
        <translation>模型有一段时间无人使用，因此已归还其内存。</translation>
    </message>
    <message>
        <source>Memory was short, so that of the model was given back.</source>
        <translation>内存不足，因此已归还模型占用的内存。</translation>
    </message>
    <message>
        <source>The model is large, so it is not loaded before it is needed.</source>
        <translation>模型很大，因此在需要之前不会加载。</translation>
    </message>
    <message>
        <source>The KV cache was kept: what was read is not read again.</source>
        <translation>KV 缓存已保留：读过的内容不会再读一遍。</translation>
    </message>
    <message>
        <source>Your next message loads it.</source>
        <translation>你的下一条消息会加载它。</translation>
    </message>
    <message>
        <source>Model: %s</source>
        <translation>模型：%s</translation>
    </message>
    <message>
        <source>Choose, load or unload a model</source>
        <translation>选择、加载或卸载模型</translation>
    </message>
</context>
<context>
    <name>ModelPicker</name>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>%s of disk free</source>
        <translation>磁盘可用 %s</translation>
    </message>
    <message>
        <source>Offline: what is on this machine can be loaded, nothing can be downloaded.</source>
        <translation>离线：可以加载这台电脑上已有的模型，但无法下载。</translation>
    </message>
    <message>
        <source>Deleted. %s came free.</source>
        <translation>已删除，释放了 %s。</translation>
    </message>
</context>
<context>
    <name>ModelPickerList</name>
    <message>
        <source>Open a model folder</source>
        <translation>打开模型文件夹</translation>
    </message>
    <message>
        <source>Model specs (%s)</source>
        <translation>模型规格文件 (%s)</translation>
    </message>
    <message>
        <source>Add models from a file</source>
        <translation>从文件添加模型</translation>
    </message>
    <message>
        <source>Search models</source>
        <translation>搜索模型</translation>
    </message>
    <message>
        <source>Ability</source>
        <translation>能力</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Hub to download from</source>
        <translation>下载来源</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Add models</source>
        <translation>添加模型</translation>
    </message>
    <message>
        <source>Open a model folder…</source>
        <translation>打开模型文件夹…</translation>
    </message>
    <message>
        <source>Add models from a file…</source>
        <translation>从文件添加模型…</translation>
    </message>
    <message>
        <source>All abilities</source>
        <translation>所有能力</translation>
    </message>
    <message>
        <source>All languages</source>
        <translation>所有语言</translation>
    </message>
    <message>
        <source>Mirror: %s</source>
        <translation>镜像：%s</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>镜像</translation>
    </message>
    <message>
        <source>Models are downloaded from %s</source>
        <translation>模型从 %s 下载</translation>
    </message>
</context>
<context>
    <name>ModelPickerPage</name>
    <message>
        <source>Quantizations</source>
        <translation>量化方式</translation>
    </message>
    <message>
        <source>No model found</source>
        <translation>没有找到模型</translation>
    </message>
    <message>
        <source>Looking for models…</source>
        <translation>正在查找模型…</translation>
    </message>
    <message>
        <source>Open a folder that holds an MLX or Hugging Face model.</source>
        <translation>请打开一个包含 MLX 或 Hugging Face 模型的文件夹。</translation>
    </message>
    <message>
        <source>One form needs another machine</source>
        <translation>有一种形式需要另一台电脑</translation>
    </message>
    <message>
        <source>%d forms need another machine</source>
        <translation>有 %d 种形式需要另一台电脑</translation>
    </message>
    <message>
        <source>Small, built in, and there to try Minim with. It can call its tools and knows little of the world.</source>
        <translation>小巧、内置，供试用 Minim。它会调用工具，但对世界所知甚少。</translation>
    </message>
    <message>
        <source>From the Hugging Face cache on this machine</source>
        <translation>来自这台电脑上的 Hugging Face 缓存</translation>
    </message>
    <message>
        <source>From the ModelScope cache on this machine</source>
        <translation>来自这台电脑上的 ModelScope 缓存</translation>
    </message>
</context>
<context>
    <name>ModelRow</name>
    <message>
        <source>Details of %s</source>
        <translation>%s 的详细信息</translation>
    </message>
    <message>
        <source>Progress of %s</source>
        <translation>%s 的进度</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Load the last model at start</source>
        <translation>启动时加载上次的模型</translation>
    </message>
    <message>
        <source>One that takes more than half of the memory for models is loaded with your first message.</source>
        <translation>占用模型可用内存一半以上的模型，会在你发送第一条消息时加载。</translation>
    </message>
    <message>
        <source>At start</source>
        <translation>启动时</translation>
    </message>
    <message>
        <source>Engines</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Fetch models from</source>
        <translation>模型下载来源</translation>
    </message>
    <message>
        <source>A mirror of Hugging Face</source>
        <translation>Hugging Face 镜像</translation>
    </message>
    <message>
        <source>Fetch from</source>
        <translation>下载来源</translation>
    </message>
    <message>
        <source>Address of the mirror</source>
        <translation>镜像地址</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>镜像</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Choose the folder that downloads go to</source>
        <translation>选择下载文件夹</translation>
    </message>
    <message>
        <source>Use the usual cache</source>
        <translation>使用默认缓存</translation>
    </message>
    <message>
        <source>Downloads go to</source>
        <translation>下载到</translation>
    </message>
    <message>
        <source>The usual caches of the hubs, which other apps share</source>
        <translation>各模型站点的默认缓存，可与其他应用共享</translation>
    </message>
    <message>
        <source>%s are free there.</source>
        <translation>该处可用空间 %s。</translation>
    </message>
    <message>
        <source>Where downloads go</source>
        <translation>下载位置</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭提示</translation>
    </message>
</context>
<context>
    <name>NoticeDesk</name>
    <message>
        <source>Load again</source>
        <translation>重新加载</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
</context>
<context>
    <name>OptionsButton</name>
    <message>
        <source>Options of this conversation</source>
        <translation>此对话的选项</translation>
    </message>
    <message>
        <source>{0}: {1} set</source>
        <translation>{0}：已设置 {1} 项</translation>
    </message>
</context>
<context>
    <name>OptionsDesk</name>
    <message>
        <source>{0}, continued</source>
        <translation>{0}（续）</translation>
    </message>
    <message>
        <source>Summarize our conversation so far, so that we can go on with it in a new one: what it is about, what we found out and decided, and what is still open. Write only the summary.</source>
        <translation>请总结我们到目前为止的对话，以便在新对话中继续：它是关于什么的，我们得出和决定了什么，还有什么没有解决。只写摘要。</translation>
    </message>
</context>
<context>
    <name>OutsideNews</name>
    <message>
        <source>A download has stopped</source>
        <translation>有一个下载停止了</translation>
    </message>
    <message>
        <source>The answer is complete</source>
        <translation>回答已完成</translation>
    </message>
    <message>
        <source>The answer could not be finished</source>
        <translation>回答没能完成</translation>
    </message>
    <message>
        <source>The answer has reached its limit</source>
        <translation>回答已达到长度上限</translation>
    </message>
    <message>
        <source>It took %s.</source>
        <translation>用时 %s。</translation>
    </message>
    <message>
        <source>Download finished</source>
        <translation>下载完成</translation>
    </message>
    <message>
        <source>Downloads finished</source>
        <translation>下载完成</translation>
    </message>
    <message>
        <source>%s models are here.</source>
        <translation>已下载 %s 个模型。</translation>
    </message>
    <message>
        <source>The model could not be loaded</source>
        <translation>模型没能加载</translation>
    </message>
    <message>
        <source>Minim says why.</source>
        <translation>原因见 Minim。</translation>
    </message>
    <message>
        <source>The engine has ended</source>
        <translation>引擎已结束</translation>
    </message>
    <message>
        <source>Load the model again to go on.</source>
        <translation>重新加载模型即可继续。</translation>
    </message>
</context>
<context>
    <name>ProblemReport</name>
    <message>
        <source>Report a problem</source>
        <translation>报告问题</translation>
    </message>
    <message>
        <source>Each part of Minim is being tried. This takes a moment.</source>
        <translation>正在逐一检查 Minim 的各个部分，请稍候。</translation>
    </message>
    <message>
        <source>Everything that was tried works.</source>
        <translation>检查过的部分都正常。</translation>
    </message>
    <message>
        <source>It says what does not work.</source>
        <translation>报告里写明了哪里不正常。</translation>
    </message>
    <message>
        <source>The report is written.</source>
        <translation>报告已生成。</translation>
    </message>
    <message>
        <source>The report could not be written.</source>
        <translation>报告生成失败。</translation>
    </message>
    <message>
        <source>Minim tries each of its parts and writes what it finds into one text file: versions, this machine, engines, settings, the names of models and tool servers, and what of its logs holds nothing private.</source>
        <translation>Minim 会检查自己的各个部分，并把结果写进一个文本文件：版本、这台电脑、引擎、设置、模型和工具服务器的名称，以及日志中不含隐私的部分。</translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation>正在写报告</translation>
    </message>
    <message>
        <source>Write the report</source>
        <translation>生成报告</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>在文件夹中显示</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>复制路径</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Nothing was sent. Read it, and pass it on if you like.</source>
        <translation>没有发送任何内容。你可以先看一遍，愿意的话再转给别人。</translation>
    </message>
    <message>
        <source>No chats, no system prompts, no access tokens, no names of your files. Nothing is sent.</source>
        <translation>不含聊天、系统提示词、访问令牌和你的文件名。不会发送任何内容。</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>QuestionDesk</name>
    <message>
        <source>The model wants to run {0}.</source>
        <translation>模型想运行 {0}。</translation>
    </message>
    <message>
        <source>The model has written once. May it go on?</source>
        <translation>模型已经写了一轮。让它继续吗？</translation>
    </message>
    <message>
        <source>The model has written {0} times. May it go on?</source>
        <translation>模型已经写了 {0} 轮。让它继续吗？</translation>
    </message>
    <message>
        <source>Another conversation waits for your answer.</source>
        <translation>另一个对话在等待你的回答。</translation>
    </message>
    <message>
        <source>The model goes on once you have answered.</source>
        <translation>你回答之后模型会继续。</translation>
    </message>
    <message>
        <source>“{0}” waits for your answer.</source>
        <translation>“{0}”在等待你的回答。</translation>
    </message>
    <message>
        <source>Minim waits for your answer</source>
        <translation>Minim 在等待你的回答</translation>
    </message>
</context>
<context>
    <name>Reasoning</name>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Thinking… {0} s</source>
        <translation>正在思考… {0} 秒</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>正在思考…</translation>
    </message>
    <message>
        <source>Thought for {0}</source>
        <translation>思考了 {0}</translation>
    </message>
    <message>
        <source>The model’s reasoning appears here.</source>
        <translation>思考过程显示在这里。</translation>
    </message>
</context>
<context>
    <name>RowActions</name>
    <message>
        <source>Cancel the download</source>
        <translation>取消下载</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>With the kernel</source>
        <translation>带内核</translation>
    </message>
    <message>
        <source>Without it</source>
        <translation>不带内核</translation>
    </message>
    <message>
        <source>Fetch</source>
        <translation>获取</translation>
    </message>
    <message>
        <source>Don’t fetch</source>
        <translation>不获取</translation>
    </message>
    <message>
        <source>Install and load</source>
        <translation>安装并加载</translation>
    </message>
    <message>
        <source>Don’t install</source>
        <translation>不安装</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Download anyway</source>
        <translation>仍然下载</translation>
    </message>
    <message>
        <source>Don’t download</source>
        <translation>不下载</translation>
    </message>
    <message>
        <source>Load anyway</source>
        <translation>仍然加载</translation>
    </message>
    <message>
        <source>Don’t load</source>
        <translation>不加载</translation>
    </message>
</context>
<context>
    <name>RowDelegate</name>
    <message>
        <source>Title of the conversation</source>
        <translation>对话标题</translation>
    </message>
</context>
<context>
    <name>RowDetails</name>
    <message>
        <source>Copy launch command</source>
        <translation>复制启动命令</translation>
    </message>
    <message>
        <source>Copy launch command of %s</source>
        <translation>复制 %s 的启动命令</translation>
    </message>
    <message>
        <source>Verify and repair</source>
        <translation>校验并修复</translation>
    </message>
    <message>
        <source>Verify and repair %s</source>
        <translation>校验并修复 %s</translation>
    </message>
    <message>
        <source>Fetch FP8 kernel…</source>
        <translation>获取 FP8 内核…</translation>
    </message>
    <message>
        <source>Fetch the FP8 kernel for %s</source>
        <translation>为 %s 获取 FP8 内核</translation>
    </message>
    <message>
        <source>Delete FP8 kernel…</source>
        <translation>删除 FP8 内核…</translation>
    </message>
    <message>
        <source>Delete the FP8 kernel, which %s uses</source>
        <translation>删除 %s 使用的 FP8 内核</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Delete %s</source>
        <translation>删除 %s</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>SamplingPage</name>
    <message>
        <source>These hold in conversations that have no options of their own.</source>
        <translation>这些设置适用于没有单独选项的对话。</translation>
    </message>
    <message>
        <source>Stop strings</source>
        <translation>停止字符串</translation>
    </message>
    <message>
        <source>None. One a line</source>
        <translation>无。每行一个</translation>
    </message>
    <message>
        <source>Not a number in range, so not used: %s</source>
        <translation>不是范围内的数字，因此未采用：%s</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top p</translation>
    </message>
    <message>
        <source>Top k</source>
        <translation>Top k</translation>
    </message>
    <message>
        <source>Min p</source>
        <translation>Min p</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Another one each time (%s–%s)</source>
        <translation>每次不同（%s–%s）</translation>
    </message>
    <message>
        <source>As long as there is room (%s–%s)</source>
        <translation>有多少空间就写多长（%s–%s）</translation>
    </message>
    <message>
        <source>As the model recommends (%s–%s)</source>
        <translation>按模型的建议（%s–%s）</translation>
    </message>
</context>
<context>
    <name>ServerDetails</name>
    <message>
        <source>Offer its tools to models</source>
        <translation>把它的工具提供给模型</translation>
    </message>
    <message>
        <source>What it printed</source>
        <translation>它输出的内容</translation>
    </message>
    <message>
        <source>Open log</source>
        <translation>打开日志</translation>
    </message>
    <message>
        <source>Restart</source>
        <translation>重新启动</translation>
    </message>
    <message>
        <source>Edit…</source>
        <translation>编辑…</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>环境变量</translation>
    </message>
    <message>
        <source>Headers</source>
        <translation>请求头</translation>
    </message>
</context>
<context>
    <name>ServerEditor</name>
    <message>
        <source>A quote in the command is not closed.</source>
        <translation>命令中有引号没有闭合。</translation>
    </message>
    <message>
        <source>Give the server a name.</source>
        <translation>请给服务器起个名字。</translation>
    </message>
    <message>
        <source>Another server has this name.</source>
        <translation>已有同名的服务器。</translation>
    </message>
    <message>
        <source>Write the address with https:// or http:// in front.</source>
        <translation>地址前请写上 https:// 或 http://。</translation>
    </message>
    <message>
        <source>Write the command that starts the server.</source>
        <translation>请写出启动服务器的命令。</translation>
    </message>
    <message>
        <source>A command on this computer</source>
        <translation>本机上的命令</translation>
    </message>
    <message>
        <source>An address</source>
        <translation>一个地址</translation>
    </message>
    <message>
        <source>More arguments, one a line, as they are: no quotes needed</source>
        <translation>更多参数，每行一个，照原样书写，不需要引号</translation>
    </message>
    <message>
        <source>Add a variable</source>
        <translation>添加变量</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>None in particular</source>
        <translation>不指定</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Add a header</source>
        <translation>添加请求头</translation>
    </message>
    <message>
        <source>Is run as</source>
        <translation>将这样运行</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Edit server</source>
        <translation>编辑服务器</translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation>添加服务器</translation>
    </message>
    <message>
        <source>Runs as</source>
        <translation>运行方式</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>环境变量</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Headers</source>
        <translation>请求头</translation>
    </message>
    <message>
        <source>Saving starts nothing: you are asked before. Secrets go to the keyring.</source>
        <translation>保存不会启动任何东西，启动前会先询问你。密钥存入钥匙串。</translation>
    </message>
    <message>
        <source>The folder that the server works in</source>
        <translation>服务器的工作文件夹</translation>
    </message>
</context>
<context>
    <name>ServerFacts</name>
    <message>
        <source>Show what is masked</source>
        <translation>显示隐藏的内容</translation>
    </message>
</context>
<context>
    <name>ServerImport</name>
    <message>
        <source>Import servers</source>
        <translation>导入服务器</translation>
    </message>
    <message>
        <source>Their file stays as it is. Secrets in it go to the keyring, and no server is started.</source>
        <translation>原文件保持不变。其中的密钥存入钥匙串，不会启动任何服务器。</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Looking for servers of other apps…</source>
        <translation>正在查找其他应用的服务器…</translation>
    </message>
    <message>
        <source>No servers of other apps were found here.</source>
        <translation>没有找到其他应用的服务器。</translation>
    </message>
    <message>
        <source>No servers in it</source>
        <translation>其中没有服务器</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Import from {0}</source>
        <translation>从 {0} 导入</translation>
    </message>
    <message>
        <source>JSON files (*.json)</source>
        <translation>JSON 文件 (*.json)</translation>
    </message>
    <message>
        <source>A file with mcpServers</source>
        <translation>含有 mcpServers 的文件</translation>
    </message>
</context>
<context>
    <name>ServerNews</name>
    <message>
        <source>“{0}”</source>
        <translation>“{0}”</translation>
    </message>
    <message>
        <source>These tool servers are not running: {0}.</source>
        <translation>以下工具服务器没有运行：{0}。</translation>
    </message>
    <message>
        <source>The list of servers says why, and what to do.</source>
        <translation>服务器列表中有原因和解决办法。</translation>
    </message>
    <message>
        <source>You have not approved it as it is now: its name, and what it starts or reaches.</source>
        <translation>它现在的样子你还没有批准：包括名称，以及它启动或访问的内容。</translation>
    </message>
    <message>
        <source>Look at it, and approve it if you trust it.</source>
        <translation>请查看它，信任它就批准。</translation>
    </message>
    <message>
        <source>The tool server “{0}” is not running.</source>
        <translation>工具服务器“{0}”没有运行。</translation>
    </message>
</context>
<context>
    <name>ServerQuestion</name>
    <message>
        <source>Start this command on your Mac?</source>
        <translation>要在你的 Mac 上启动这个命令吗？</translation>
    </message>
    <message>
        <source>Start this command on your computer?</source>
        <translation>要在你的电脑上启动这个命令吗？</translation>
    </message>
    <message>
        <source>Connect to this address?</source>
        <translation>要连接这个地址吗？</translation>
    </message>
    <message>
        <source>What a model passes to its tools is sent there, once you have allowed the call.</source>
        <translation>你允许调用之后，模型传给其工具的内容会发送到那里。</translation>
    </message>
    <message>
        <source>It runs with your rights: it can read, change and send whatever you can.</source>
        <translation>它以你的权限运行：你能读取、修改和发送的，它都能。</translation>
    </message>
    <message>
        <source>Approve it only if you trust where it comes from.</source>
        <translation>只有信任它的来源时才批准。</translation>
    </message>
    <message>
        <source>Don’t connect</source>
        <translation>不连接</translation>
    </message>
    <message>
        <source>Don’t start</source>
        <translation>不启动</translation>
    </message>
    <message>
        <source>Approve and connect</source>
        <translation>批准并连接</translation>
    </message>
    <message>
        <source>Approve and start</source>
        <translation>批准并启动</translation>
    </message>
</context>
<context>
    <name>ServerRow</name>
    <message>
        <source>Remove “{0}”? What it keeps in the keyring is deleted too.</source>
        <translation>移除“{0}”？它存在钥匙串中的内容也会一并删除。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Details of %s</source>
        <translation>%s 的详细信息</translation>
    </message>
    <message>
        <source>Review…</source>
        <translation>查看…</translation>
    </message>
    <message>
        <source>Review {0}</source>
        <translation>查看 {0}</translation>
    </message>
</context>
<context>
    <name>ServersPage</name>
    <message>
        <source>Models may not call tools now, so no server is started: see the page Tools.</source>
        <translation>目前不允许模型调用工具，因此不会启动服务器：见“工具”页。</translation>
    </message>
    <message>
        <source>Add…</source>
        <translation>添加…</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation>添加服务器</translation>
    </message>
    <message>
        <source>Import servers</source>
        <translation>导入服务器</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Looking for servers…</source>
        <translation>正在查找服务器…</translation>
    </message>
    <message>
        <source>An MCP server is a program, here or elsewhere, that brings tools which models may ask to call.</source>
        <translation>MCP 服务器是在本机或别处运行的程序，它带来模型可以请求调用的工具。</translation>
    </message>
    <message>
        <source>Add one, or import those of another app. Nothing is started before you approve it.</source>
        <translation>添加一个，或导入其他应用的服务器。在你批准之前不会启动任何东西。</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>Pages of the settings</source>
        <translation>设置的页面</translation>
    </message>
    <message>
        <source>General</source>
        <translation>通用</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Sampling</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Settings: %s</source>
        <translation>设置：%s</translation>
    </message>
</context>
<context>
    <name>Status</name>
    <message>
        <source>What the model is doing</source>
        <translation>模型的状态</translation>
    </message>
    <message>
        <source>Prompt read</source>
        <translation>提示词读取进度</translation>
    </message>
    <message>
        <source>Part of the prompt that was not read again</source>
        <translation>提示词中未重新读取的部分</translation>
    </message>
    <message>
        <source>Tokens of the prompt that came from the KV cache, and were not read again</source>
        <translation>提示词中来自 KV 缓存、未重新读取的 token 数</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Context in use</source>
        <translation>已用上下文</translation>
    </message>
    <message>
        <source>Memory of the engine</source>
        <translation>引擎内存</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>Everything runs on this machine. Nothing you write leaves it.</source>
        <translation>一切都在这台电脑上运行。你写的内容不会离开本机。</translation>
    </message>
    <message>
        <source>Memory that the engine’s process holds</source>
        <translation>引擎进程占用的内存</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>在这台电脑上</translation>
    </message>
    <message>
        <source>%s tokens/s</source>
        <translation>%s token/秒</translation>
    </message>
    <message>
        <source>%s tokens</source>
        <translation>%s 个 token</translation>
    </message>
    <message>
        <source>%s of %s tokens that fit in memory</source>
        <translation>%s / 内存可容纳 %s 个 token</translation>
    </message>
    <message>
        <source>%s of %s tokens</source>
        <translation>%s / %s 个 token</translation>
    </message>
    <message>
        <source>Tokens of the context length that this conversation uses.</source>
        <translation>此对话占用的上下文 token 数。</translation>
    </message>
    <message>
        <source>Beside the model, memory has room for about %s; beyond that it may become slow, or stop.</source>
        <translation>除模型外，内存大约还能容纳 %s 个；超过之后可能变慢或停止。</translation>
    </message>
    <message>
        <source>reused %s of %s</source>
        <translation>复用 %s / %s</translation>
    </message>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Answering</source>
        <translation>正在回答</translation>
    </message>
    <message>
        <source>Writing a tool call</source>
        <translation>正在写工具调用</translation>
    </message>
    <message>
        <source>Waiting for your decision on a tool call</source>
        <translation>等待你决定是否允许工具调用</translation>
    </message>
    <message>
        <source>Running a tool</source>
        <translation>正在运行工具</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>Reading the prompt</source>
        <translation>正在读取提示词</translation>
    </message>
    <message>
        <source>Reading %s of %s tokens</source>
        <translation>正在读取 %s / %s 个 token</translation>
    </message>
    <message>
        <source>%s, %s reused</source>
        <translation>%s，复用 %s</translation>
    </message>
    <message>
        <source>%s · %s left</source>
        <translation>%s · 还需 %s</translation>
    </message>
    <message>
        <source>Preparing the model, once</source>
        <translation>正在准备模型（仅一次）</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>正在加载模型</translation>
    </message>
    <message>
        <source>Your first message loads the model</source>
        <translation>你的第一条消息会加载模型</translation>
    </message>
    <message>
        <source>Resting: your next message loads the model</source>
        <translation>休眠中：你的下一条消息会加载模型</translation>
    </message>
    <message>
        <source>No model loaded</source>
        <translation>未加载模型</translation>
    </message>
</context>
<context>
    <name>ThinkingChips</name>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>The model reasons before it answers</source>
        <translation>模型先思考再回答</translation>
    </message>
    <message>
        <source>The model answers at once</source>
        <translation>模型直接回答</translation>
    </message>
    <message>
        <source>Reasoning effort: {0}</source>
        <translation>思考强度：{0}</translation>
    </message>
    <message>
        <source>Reasoning effort</source>
        <translation>思考强度</translation>
    </message>
    <message>
        <source>How hard the model thinks before it answers</source>
        <translation>模型在回答之前思考的深度</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>minimal</source>
        <translation>极低</translation>
    </message>
    <message>
        <source>low</source>
        <translation>低</translation>
    </message>
    <message>
        <source>medium</source>
        <translation>中</translation>
    </message>
    <message>
        <source>high</source>
        <translation>高</translation>
    </message>
    <message>
        <source>very high</source>
        <translation>很高</translation>
    </message>
    <message>
        <source>highest</source>
        <translation>最高</translation>
    </message>
</context>
<context>
    <name>TokenCard</name>
    <message>
        <source>Access token</source>
        <translation>访问令牌</translation>
    </message>
    <message>
        <source>Use token</source>
        <translation>使用令牌</translation>
    </message>
    <message>
        <source>It is kept in the keyring and sent to this hub only.</source>
        <translation>令牌保存在钥匙串中，只会发送给这个站点。</translation>
    </message>
    <message>
        <source>The page where the token is got: %s</source>
        <translation>获取令牌的页面：%s</translation>
    </message>
</context>
<context>
    <name>ToolCard</name>
    <message>
        <source>What the tool does</source>
        <translation>工具的用途</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>As the model wrote it</source>
        <translation>模型的原文</translation>
    </message>
    <message>
        <source>Tool call {0}, {1}</source>
        <translation>工具调用 {0}，{1}</translation>
    </message>
    <message>
        <source>To the model</source>
        <translation>给模型</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Undo what {0} wrote</source>
        <translation>撤销 {0} 写入的内容</translation>
    </message>
    <message>
        <source>Raw text</source>
        <translation>原文</translation>
    </message>
</context>
<context>
    <name>ToolDesk</name>
    <message>
        <source>“{0}” has changed meanwhile, so it was not approved.</source>
        <translation>“{0}”在此期间已改变，因此没有批准。</translation>
    </message>
    <message>
        <source>Look at what would be started now.</source>
        <translation>请查看现在会启动什么。</translation>
    </message>
    <message>
        <source>Nothing was lost. Look for the servers again; if it stays so, see tools.log.</source>
        <translation>没有丢失任何内容。请重新查找服务器；若仍如此，请查看 tools.log。</translation>
    </message>
    <message>
        <source>The process that runs tools has ended.</source>
        <translation>运行工具的进程已结束。</translation>
    </message>
</context>
<context>
    <name>ToolWords</name>
    <message>
        <source>Not started yet</source>
        <translation>尚未启动</translation>
    </message>
    <message>
        <source>Not approved</source>
        <translation>未批准</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Running · {0}</source>
        <translation>运行中 · {0}</translation>
    </message>
    <message>
        <source>Not running</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>1 tool</source>
        <translation>1 个工具</translation>
    </message>
    <message>
        <source>{0} tools</source>
        <translation>{0} 个工具</translation>
    </message>
    <message>
        <source>Built in</source>
        <translation>内置</translation>
    </message>
    <message>
        <source>not there now</source>
        <translation>目前不存在</translation>
    </message>
    <message>
        <source>has changed: asks again</source>
        <translation>已改变：会再次询问</translation>
    </message>
    <message>
        <source>Taken in: {0}</source>
        <translation>已导入：{0}</translation>
    </message>
    <message>
        <source>No server was taken in.</source>
        <translation>没有导入任何服务器。</translation>
    </message>
    <message>
        <source>None is started before you approve it.</source>
        <translation>在你批准之前不会启动。</translation>
    </message>
    <message>
        <source>1 secret is kept in: {0}</source>
        <translation>1 个密钥已存入：{0}</translation>
    </message>
    <message>
        <source>{0} secrets are kept in: {1}</source>
        <translation>{0} 个密钥已存入：{1}</translation>
    </message>
    <message>
        <source>Left out: {0}</source>
        <translation>未导入：{0}</translation>
    </message>
    <message>
        <source>“{0}” was not added: Minim’s own data is there.</source>
        <translation>没有添加“{0}”：Minim 自己的数据在那里。</translation>
    </message>
    <message>
        <source>A model that could write there could change what it may do. Choose another folder, or one inside.</source>
        <translation>能写入那里的模型可以改变自己的权限。请选择其他文件夹，或其中的某个子文件夹。</translation>
    </message>
    <message>
        <source>a secret, not shown</source>
        <translation>密钥，不显示</translation>
    </message>
</context>
<context>
    <name>Toolbar</name>
    <message>
        <source>Show or hide conversations</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Show or hide reasoning</source>
        <translation>显示或隐藏思考过程</translation>
    </message>
    <message>
        <source>Show or hide tools</source>
        <translation>显示或隐藏工具</translation>
    </message>
    <message>
        <source>Show or hide the inspector</source>
        <translation>显示或隐藏检查器</translation>
    </message>
</context>
<context>
    <name>Tools</name>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Tool calls and their results appear here.</source>
        <translation>工具调用及其结果显示在这里。</translation>
    </message>
    <message>
        <source>Tool calls</source>
        <translation>工具调用</translation>
    </message>
    <message>
        <source>Waiting for your answer</source>
        <translation>等待你的决定</translation>
    </message>
    <message>
        <source>Running…</source>
        <translation>正在运行…</translation>
    </message>
    <message>
        <source>1 call</source>
        <translation>1 次调用</translation>
    </message>
    <message>
        <source>{0} calls</source>
        <translation>{0} 次调用</translation>
    </message>
</context>
<context>
    <name>ToolsPage</name>
    <message>
        <source>Let models call tools</source>
        <translation>允许模型调用工具</translation>
    </message>
    <message>
        <source>You are asked before a tool runs, with all its arguments in view.</source>
        <translation>工具运行之前会先询问你，并显示全部参数。</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Models may ask to list, read, search and write files in these folders and in all below them.</source>
        <translation>模型可以请求列出、读取、搜索和写入这些文件夹及其子文件夹中的文件。</translation>
    </message>
    <message>
        <source>Without a folder, no file tool is offered.</source>
        <translation>没有文件夹时，不提供文件工具。</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>If a tool, its server’s command or the granted folders change, it asks again.</source>
        <translation>工具、其服务器的命令或授权的文件夹一旦改变，就会再次询问。</translation>
    </message>
    <message>
        <source>Run unasked</source>
        <translation>无需询问</translation>
    </message>
    <message>
        <source>Run harmless built-in tools without asking</source>
        <translation>直接运行无害的内置工具</translation>
    </message>
    <message>
        <source>Calculator, clock and unit conversion: they see no files and reach no network.</source>
        <translation>计算器、时钟和单位换算：它们看不到文件，也不访问网络。</translation>
    </message>
    <message>
        <source>Asking</source>
        <translation>询问</translation>
    </message>
    <message>
        <source>Let me allow a tool for good</source>
        <translation>允许选择“始终允许”</translation>
    </message>
    <message>
        <source>Off: “Always” is not offered, and what was allowed so is asked about again.</source>
        <translation>关闭后不提供“始终允许”，之前这样允许的也会再次询问。</translation>
    </message>
    <message>
        <source>Rounds after which you are asked</source>
        <translation>多少轮之后询问</translation>
    </message>
    <message>
        <source>Ask after</source>
        <translation>写满</translation>
    </message>
    <message>
        <source>rounds of a turn</source>
        <translation>轮后询问</translation>
    </message>
    <message>
        <source>A round is what the model writes between two results of tools.</source>
        <translation>一轮是指模型在两次工具结果之间写的内容。</translation>
    </message>
    <message>
        <source>Long turns</source>
        <translation>较长的回答</translation>
    </message>
</context>
<context>
    <name>Transcript</name>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Jump to newest</source>
        <translation>跳到最新</translation>
    </message>
</context>
<context>
    <name>ValueField</name>
    <message>
        <source>Show all</source>
        <translation>全部显示</translation>
    </message>
    <message>
        <source>Show less</source>
        <translation>收起</translation>
    </message>
    <message>
        <source>Show all of {0}</source>
        <translation>显示 {0} 的全部内容</translation>
    </message>
    <message>
        <source>Show less of {0}</source>
        <translation>收起 {0}</translation>
    </message>
</context>
<context>
    <name>ValueLine</name>
    <message>
        <source>Value of {0}</source>
        <translation>{0} 的值</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>Take this line out</source>
        <translation>移除这一行</translation>
    </message>
    <message>
        <source>Secret</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Stays as it is</source>
        <translation>保持不变</translation>
    </message>
</context>
<context>
    <name>Wakefulness</name>
    <message>
        <source>Downloading or answering</source>
        <translation>正在下载或回答</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Talk to a language model that runs on this machine.
Nothing you write leaves it.</source>
        <translation>与在这台电脑上运行的语言模型对话。
你写的内容不会离开本机。</translation>
    </message>
    <message>
        <source>Example: {0}</source>
        <translation>示例：{0}</translation>
    </message>
</context>
<context>
    <name>_Line</name>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Remove the %s engine</source>
        <translation>移除 %s 引擎</translation>
    </message>
</context>
<context>
    <name>_Lines</name>
    <message>
        <source>From line {0}</source>
        <translation>从第 {0} 行起</translation>
    </message>
</context>
<context>
    <name>dialogs</name>
    <message>
        <source>Minim cannot start</source>
        <translation>Minim 无法启动</translation>
    </message>
</context>
<context>
    <name>download_words</name>
    <message>
        <source>%s · kernel for the GPU</source>
        <translation>%s · GPU 内核</translation>
    </message>
    <message>
        <source>Fetched by another Minim</source>
        <translation>另一个 Minim 正在下载</translation>
    </message>
    <message>
        <source>Waiting for its turn</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Asking the hub for its files</source>
        <translation>正在向模型站点询问文件</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Checking the files</source>
        <translation>正在检查文件</translation>
    </message>
    <message>
        <source>Waiting until the hub can be reached</source>
        <translation>等待模型站点恢复连接</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Here</source>
        <translation>已下载</translation>
    </message>
    <message>
        <source>%s of %s</source>
        <translation>%s / %s</translation>
    </message>
    <message>
        <source>%s/s</source>
        <translation>%s/秒</translation>
    </message>
    <message>
        <source>less than a minute left</source>
        <translation>剩余不到一分钟</translation>
    </message>
    <message>
        <source>%s min left</source>
        <translation>剩余 %s 分钟</translation>
    </message>
    <message>
        <source>%s h %s min left</source>
        <translation>剩余 %s 小时 %s 分钟</translation>
    </message>
    <message>
        <source>%s h left</source>
        <translation>剩余 %s 小时</translation>
    </message>
    <message>
        <source>nothing has come for a while, trying again</source>
        <translation>一段时间没有收到数据，正在重试</translation>
    </message>
</context>
<context>
    <name>engine_words</name>
    <message>
        <source>Needs the {0} engine, which is being installed</source>
        <translation>需要 {0} 引擎，正在安装</translation>
    </message>
    <message>
        <source>The {0} engine could not be installed. {1}</source>
        <translation>无法安装 {0} 引擎。{1}</translation>
    </message>
    <message>
        <source>Needs the {0} engine, which cannot be installed here. {1}</source>
        <translation>需要 {0} 引擎，但无法在此安装。{1}</translation>
    </message>
    <message>
        <source>Needs the {0} engine: installing it takes {1}, and the disk has {2} free.</source>
        <translation>需要 {0} 引擎：安装需要 {1}，而磁盘可用空间为 {2}。</translation>
    </message>
    <message>
        <source>Needs the {0} engine, which is not installed ({1} to download)</source>
        <translation>需要 {0} 引擎，尚未安装（需下载 {1}）</translation>
    </message>
    <message>
        <source>Needs the {0} engine, which is not installed</source>
        <translation>需要 {0} 引擎，尚未安装</translation>
    </message>
    <message>
        <source>Install the {0} engine? {1} are downloaded from Python’s package index, and nothing else leaves this machine. It takes {2} in {3}.</source>
        <translation>安装 {0} 引擎？将从 Python 的软件包索引下载 {1}，除此之外没有任何内容离开这台电脑。它在 {3} 中占用 {2}。</translation>
    </message>
    <message>
        <source>Install the {0} engine? Its packages are downloaded from Python’s package index, and nothing else leaves this machine. It takes {2} in {3}.</source>
        <translation>安装 {0} 引擎？软件包将从 Python 的软件包索引下载，除此之外没有任何内容离开这台电脑。它在 {3} 中占用 {2}。</translation>
    </message>
    <message>
        <source>Then this model is loaded, in place of the one that is loaded now.</source>
        <translation>然后加载此模型，取代当前加载的模型。</translation>
    </message>
    <message>
        <source>Downloading the {0} engine</source>
        <translation>正在下载 {0} 引擎</translation>
    </message>
    <message>
        <source>%s of %s</source>
        <translation>%s / %s</translation>
    </message>
    <message>
        <source>Installing the {0} engine</source>
        <translation>正在安装 {0} 引擎</translation>
    </message>
    <message>
        <source>Checking that the {0} engine runs</source>
        <translation>正在检查 {0} 引擎能否运行</translation>
    </message>
    <message>
        <source>Preparing to install the {0} engine</source>
        <translation>正在准备安装 {0} 引擎</translation>
    </message>
    <message>
        <source>{0} is not installed any more, and {1} of it lie in {2}.</source>
        <translation>{0} 已不再安装，但仍有 {1} 留在 {2} 中。</translation>
    </message>
    <message>
        <source>{0} is installed beside Minim. {1} of an earlier installation are left.</source>
        <translation>{0} 与 Minim 安装在一起。之前的安装还留有 {1}。</translation>
    </message>
    <message>
        <source>{0} is not installed. It is offered beside the models that need it.</source>
        <translation>{0} 尚未安装。需要它的模型旁会提供安装。</translation>
    </message>
    <message>
        <source>{0} is installed by an earlier Minim: {1} in {2}. Remove it, and the new one is offered beside the models that need it.</source>
        <translation>{0} 由较早版本的 Minim 安装：在 {2} 中占用 {1}。移除之后，需要它的模型旁会提供新的版本。</translation>
    </message>
    <message>
        <source>{0} is installed: {1} in {2}.</source>
        <translation>{0} 已安装：在 {2} 中占用 {1}。</translation>
    </message>
    <message>
        <source>{0} is installed beside Minim.</source>
        <translation>{0} 与 Minim 安装在一起。</translation>
    </message>
    <message>
        <source>Remove what is left of the {0} engine? {1} come free.</source>
        <translation>移除 {0} 引擎的残留内容？将释放 {1}。</translation>
    </message>
    <message>
        <source>Remove the {0} engine? {1} come free, and models that need it cannot be loaded any more. The model that is loaded is unloaded.</source>
        <translation>移除 {0} 引擎？将释放 {1}，需要它的模型将无法再加载。当前加载的模型会被卸载。</translation>
    </message>
</context>
<context>
    <name>first_words</name>
    <message>
        <source>Recommended for this Mac</source>
        <translation>推荐用于这台 Mac</translation>
    </message>
    <message>
        <source>Recommended for these GPUs</source>
        <translation>推荐用于这些 GPU</translation>
    </message>
    <message>
        <source>Recommended for this machine</source>
        <translation>推荐用于这台电脑</translation>
    </message>
    <message>
        <source>Already on this machine</source>
        <translation>已在这台电脑上</translation>
    </message>
    <message>
        <source>Smaller, with more room beside it</source>
        <translation>更小，留出更多内存</translation>
    </message>
    <message>
        <source>Small, and here in a few minutes</source>
        <translation>小巧，几分钟即可下载</translation>
    </message>
    <message>
        <source>The flagship</source>
        <translation>旗舰模型</translation>
    </message>
    <message>
        <source>The flagship, for a larger machine</source>
        <translation>旗舰模型，适合更大的机器</translation>
    </message>
    <message>
        <source>For programming and long work with tools: the model that Minim is made for</source>
        <translation>适合编程和长程工具任务，Minim 正是为它打造</translation>
    </message>
    <message>
        <source>Reasons where it is asked to, and uses tools</source>
        <translation>按需推理，会使用工具</translation>
    </message>
    <message>
        <source>Reasons before it answers, and uses tools</source>
        <translation>先推理再回答，会使用工具</translation>
    </message>
    <message>
        <source>Answers at once, and uses tools</source>
        <translation>直接回答，会使用工具</translation>
    </message>
    <message>
        <source>Reasons before it answers</source>
        <translation>先推理再回答</translation>
    </message>
    <message>
        <source>For conversation and writing</source>
        <translation>适合对话和写作</translation>
    </message>
    <message>
        <source>Get</source>
        <translation>获取</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>no GPU that models run on</source>
        <translation>没有可用于运行模型的 GPU</translation>
    </message>
    <message>
        <source>%s of disk free</source>
        <translation>磁盘可用 %s</translation>
    </message>
    <message>
        <source>This machine: %s</source>
        <translation>这台电脑：%s</translation>
    </message>
    <message>
        <source>%s to download</source>
        <translation>需下载 %s</translation>
    </message>
    <message>
        <source>from %s</source>
        <translation>来自 %s</translation>
    </message>
    <message>
        <source>The {0} engine is installed with it: {1} from Python’s package index</source>
        <translation>会一并安装 {0} 引擎：从 Python 的软件包索引下载 {1}</translation>
    </message>
    <message>
        <source>uses %s of memory</source>
        <translation>占用内存 %s</translation>
    </message>
</context>
<context>
    <name>fit_words</name>
    <message>
        <source>Not quantized</source>
        <translation>未量化</translation>
    </message>
    <message>
        <source>about %s</source>
        <translation>约 %s</translation>
    </message>
    <message>
        <source>fits, %s context</source>
        <translation>可以运行，%s 上下文</translation>
    </message>
    <message>
        <source>fits</source>
        <translation>可以运行</translation>
    </message>
    <message>
        <source>will crawl</source>
        <translation>会极慢</translation>
    </message>
    <message>
        <source>will not load</source>
        <translation>无法加载</translation>
    </message>
    <message>
        <source>It fits, with up to {0} tokens of context.</source>
        <translation>可以运行，上下文最长 {0} 个 token。</translation>
    </message>
    <message>
        <source>It fits, with room for no more than {0} tokens of context: short conversations only.</source>
        <translation>可以运行，但上下文最多只有 {0} 个 token：仅适合简短的对话。</translation>
    </message>
    <message>
        <source>It needs {0}, and Metal may use {1}: it would load and then write about a token every ten seconds.</source>
        <translation>它需要 {0}，而 Metal 可用 {1}：可以加载，但大约每十秒才写出一个 token。</translation>
    </message>
    <message>
        <source>It needs {0}, and the GPUs have {1}: the rest would lie in the machine’s memory, and every token would wait for it.</source>
        <translation>它需要 {0}，而 GPU 有 {1}：其余部分会放在内存中，每个 token 都要等待。</translation>
    </message>
    <message>
        <source>It loads, but without a GPU a model of {0} writes very slowly.</source>
        <translation>可以加载，但没有 GPU，{0} 的模型会写得非常慢。</translation>
    </message>
    <message>
        <source>It needs {0}, and this machine has {1}.</source>
        <translation>它需要 {0}，而这台电脑有 {1}。</translation>
    </message>
    <message>
        <source>These GPUs have no FP8 units (compute capability 8.9 and newer): as bf16 it needs {0}; there are {1}.</source>
        <translation>这些 GPU 没有 FP8 单元（计算能力需 8.9 或更高）：以 bf16 运行需要 {0}，现有 {1}。</translation>
    </message>
    <message>
        <source>Recommended for this Mac: {0}</source>
        <translation>推荐用于这台 Mac：{0}</translation>
    </message>
    <message>
        <source>Recommended for these GPUs: {0}</source>
        <translation>推荐用于这些 GPU：{0}</translation>
    </message>
    <message>
        <source>Recommended for this machine: {0}</source>
        <translation>推荐用于这台电脑：{0}</translation>
    </message>
    <message>
        <source>the best quality that runs well and leaves room for a long conversation</source>
        <translation>在运行流畅且能容纳长对话的版本中质量最佳</translation>
    </message>
    <message>
        <source>the best quality that fits</source>
        <translation>能够运行的最佳质量</translation>
    </message>
    <message>
        <source>The model as it was published</source>
        <translation>与发布时的模型相同</translation>
    </message>
    <message>
        <source>Close to the original</source>
        <translation>接近原始模型</translation>
    </message>
    <message>
        <source>Good: differs from the original now and then</source>
        <translation>良好：偶尔与原始模型不同</translation>
    </message>
    <message>
        <source>Reduced: more mistakes than the original, in code above all</source>
        <translation>有所下降：错误比原始模型多，编写代码时尤其明显</translation>
    </message>
    <message>
        <source>Poor: often another answer than the original’s</source>
        <translation>较差：回答常与原始模型不同</translation>
    </message>
    <message>
        <source>at most %s tokens/s</source>
        <translation>至多 %s token/秒</translation>
    </message>
    <message>
        <source>{0} weights + {1} KV cache for {2} tokens + {3} overhead = {4}</source>
        <translation>权重 {0} + {2} 个 token 的 KV 缓存 {1} + 其他开销 {3} = {4}</translation>
    </message>
    <message>
        <source>{0}, against {1}</source>
        <translation>{0}，上限为{1}</translation>
    </message>
    <message>
        <source>%s that Metal may use</source>
        <translation> Metal 可用的 %s</translation>
    </message>
    <message>
        <source>%s of GPU memory</source>
        <translation> GPU 显存 %s</translation>
    </message>
    <message>
        <source>%s of memory</source>
        <translation>内存 %s</translation>
    </message>
    <message>
        <source>Other apps may become slow meanwhile. Stop works at any time.</source>
        <translation>其间其他应用可能变慢。随时可以停止。</translation>
    </message>
    <message>
        <source>Loading it will most likely end in an error.</source>
        <translation>加载很可能会出错。</translation>
    </message>
    <message>
        <source>{0} to {1} parameters</source>
        <translation>{0} 至 {1} 参数</translation>
    </message>
    <message>
        <source>{0} parameters, {1} active</source>
        <translation>{0} 参数，{1} 激活</translation>
    </message>
    <message>
        <source>%s parameters</source>
        <translation>%s 参数</translation>
    </message>
    <message>
        <source>Original (4-bit)</source>
        <translation>原始 (4-bit)</translation>
    </message>
    <message>
        <source>Original (FP8)</source>
        <translation>原始 (FP8)</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>原始</translation>
    </message>
    <message>
        <source>needs a Mac</source>
        <translation>需要 Mac</translation>
    </message>
    <message>
        <source>needs an NVIDIA GPU</source>
        <translation>需要 NVIDIA GPU</translation>
    </message>
    <message>
        <source>engine not installed</source>
        <translation>引擎未安装</translation>
    </message>
    <message>
        <source>no engine here</source>
        <translation>没有可用的引擎</translation>
    </message>
    <message>
        <source>MLX runs it, on a Mac with Apple silicon.</source>
        <translation>由 MLX 在配备 Apple 芯片的 Mac 上运行。</translation>
    </message>
    <message>
        <source>Transformers runs it, on NVIDIA GPUs of compute capability 7.5 and newer.</source>
        <translation>由 Transformers 运行，需要计算能力 7.5 及以上的 NVIDIA GPU。</translation>
    </message>
    <message>
        <source>It fits, with up to {0} tokens of context, once the {1} engine, which runs it, is installed.</source>
        <translation>安装运行它的 {1} 引擎之后即可容纳，上下文最多 {0} 个 token。</translation>
    </message>
    <message>
        <source>No engine of Minim reads {0}.</source>
        <translation>Minim 没有能读取 {0} 的引擎。</translation>
    </message>
    <message>
        <source>{0} does.</source>
        <translation>{0} 可以。</translation>
    </message>
</context>
<context>
    <name>form_facts</name>
    <message>
        <source>%s tokens of context</source>
        <translation>%s 个 token 的上下文</translation>
    </message>
    <message>
        <source>licence %s</source>
        <translation>许可证 %s</translation>
    </message>
    <message>
        <source>downloaded %s times</source>
        <translation>下载 %s 次</translation>
    </message>
    <message>
        <source>asks for an access token</source>
        <translation>需要访问令牌</translation>
    </message>
    <message>
        <source>{0} and {1} more languages</source>
        <translation>{0} 等另外 {1} 种语言</translation>
    </message>
    <message>
        <source>chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>reasoning</source>
        <translation>推理</translation>
    </message>
    <message>
        <source>reasoning on demand</source>
        <translation>按需推理</translation>
    </message>
    <message>
        <source>vision</source>
        <translation>视觉</translation>
    </message>
    <message>
        <source>audio</source>
        <translation>音频</translation>
    </message>
    <message>
        <source>speech and images</source>
        <translation>语音和图像</translation>
    </message>
    <message>
        <source>code</source>
        <translation>代码</translation>
    </message>
    <message>
        <source>completion</source>
        <translation>补全</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适配</translation>
    </message>
    <message>
        <source>Memory needed</source>
        <translation>所需内存</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Free disk</source>
        <translation>可用磁盘</translation>
    </message>
    <message>
        <source>Repository</source>
        <translation>仓库</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>not here: without it the weights are turned into 16 bits</source>
        <translation>不在这里：没有它，权重会被转换为 16 位</translation>
    </message>
    <message>
        <source>FP8 kernel</source>
        <translation>FP8 内核</translation>
    </message>
    <message>
        <source>{0}, not installed</source>
        <translation>{0}，尚未安装</translation>
    </message>
    <message>
        <source>{0} (an estimate until the hub has answered)</source>
        <translation>{0}（站点答复之前的估计值）</translation>
    </message>
    <message>
        <source>{0} with {1} tokens of context</source>
        <translation>{0}，含 {1} 个 token 的上下文</translation>
    </message>
    <message>
        <source>{0}: memory bandwidth sets this bound</source>
        <translation>{0}：上限由内存带宽决定</translation>
    </message>
    <message>
        <source>{0}, by what was measured on a CPU</source>
        <translation>{0}（按 CPU 上的实测）</translation>
    </message>
</context>
<context>
    <name>machine_words</name>
    <message>
        <source>Needs a Mac with %s or more</source>
        <translation>需要内存 %s 或以上的 Mac</translation>
    </message>
    <message>
        <source>{0} needs a Mac with {1} or more</source>
        <translation>{0} 需要内存 {1} 或以上的 Mac</translation>
    </message>
    <message>
        <source>Mac with %s or more</source>
        <translation>内存 %s 或以上的 Mac</translation>
    </message>
</context>
<context>
    <name>row_words</name>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Unload</source>
        <translation>卸载</translation>
    </message>
    <message>
        <source>Verify and repair</source>
        <translation>校验并修复</translation>
    </message>
    <message>
        <source>Install engine…</source>
        <translation>安装引擎…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>This machine will not run it. {0} Download {1} all the same?</source>
        <translation>这台电脑无法运行它。{0}仍要下载 {1} 吗？</translation>
    </message>
    <message>
        <source>Fetch the kernel for FP8 as well?</source>
        <translation>同时获取 FP8 内核？</translation>
    </message>
    <message>
        <source>Fetch the kernel for FP8?</source>
        <translation>获取 FP8 内核？</translation>
    </message>
    <message>
        <source>{0} is code that the engine runs on the GPU, from {1}, pinned to the revision that is fetched now. The engine uses it with the Python package “kernels”. Without them the weights are turned into 16 bits, which takes twice the memory.</source>
        <translation>{0} 是引擎在 GPU 上运行的代码，来自 {1}，固定为现在获取的版本。引擎通过 Python 软件包“kernels”使用它。没有它们，权重会被转换为 16 位，占用两倍内存。</translation>
    </message>
    <message>
        <source>{0} on {1}</source>
        <translation>{1} 上的 {0}</translation>
    </message>
    <message>
        <source>{0} (ModelScope has none)</source>
        <translation>{0}（ModelScope 上没有）</translation>
    </message>
    <message>
        <source>Loaded</source>
        <translation>已加载</translation>
    </message>
    <message>
        <source>Being prepared, once</source>
        <translation>正在准备，仅此一次</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>正在加载</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>在这台电脑上</translation>
    </message>
    <message>
        <source>No engine here reads it.</source>
        <translation>这里没有能读取它的引擎。</translation>
    </message>
    <message>
        <source>Its files are damaged.</source>
        <translation>文件已损坏。</translation>
    </message>
    <message>
        <source>On a disk that is not connected</source>
        <translation>在未连接的磁盘上</translation>
    </message>
    <message>
        <source>Only at %s</source>
        <translation>仅在 %s 上</translation>
    </message>
    <message>
        <source>%s that have come so far are deleted.</source>
        <translation>已下载的 %s 将被删除。</translation>
    </message>
    <message>
        <source>Delete {0} from this disk? {1} come free.</source>
        <translation>要从磁盘中删除 {0} 吗？将释放 {1}。</translation>
    </message>
    <message>
        <source>Delete the FP8 kernel {0} from this disk? Without it the weights of models in FP8 are turned into 16 bits, which takes twice the memory.</source>
        <translation>从这个磁盘删除 FP8 内核 {0}？没有它，FP8 模型的权重会转为 16 位，占用两倍内存。</translation>
    </message>
    <message>
        <source>The disk has %s free: too little</source>
        <translation>磁盘可用 %s：空间不足</translation>
    </message>
</context>
<context>
    <name>words</name>
    <message>
        <source>not quantized</source>
        <translation>未量化</translation>
    </message>
</context>
</TS>
