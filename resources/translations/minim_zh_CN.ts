<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
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
    <message>
        <source>Load again</source>
        <translation>重新加载</translation>
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
        <source>not run</source>
        <translation>未运行</translation>
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
    <name>Dialogs</name>
    <message>
        <source>About Minim</source>
        <translation>关于 Minim</translation>
    </message>
    <message>
        <source>Minim %s</source>
        <translation>Minim %s</translation>
    </message>
    <message>
        <source>Chat with MiniMax-M2 and other language models that run on your own machine.</source>
        <translation>与在你自己的电脑上运行的 MiniMax-M2 和其他语言模型对话。</translation>
    </message>
    <message>
        <source>Nothing you write leaves it. Apache License 2.0.</source>
        <translation>你写的内容不会离开这台电脑。Apache 许可证 2.0。</translation>
    </message>
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
    <name>DocumentView</name>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>DownloadQueue</name>
    <message>
        <source>Minim could not look for models.</source>
        <translation>Minim 无法查找模型。</translation>
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
    <name>Menus</name>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
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
</context>
<context>
    <name>MessageLines</name>
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
        <source>Allow</source>
        <translation>允许</translation>
    </message>
    <message>
        <source>Don’t allow</source>
        <translation>不允许</translation>
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
    <name>ModelButton</name>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>%s · loading %d %%</source>
        <translation>%s · 正在加载 %d %%</translation>
    </message>
    <message>
        <source>%s · not loaded</source>
        <translation>%s · 未加载</translation>
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
        <source>Open a model folder</source>
        <translation>打开模型文件夹</translation>
    </message>
    <message>
        <source>Models on this machine</source>
        <translation>这台电脑上的模型</translation>
    </message>
    <message>
        <source>Open a model folder…</source>
        <translation>打开模型文件夹…</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>这台电脑上</translation>
    </message>
    <message>
        <source>Quantizations</source>
        <translation>量化版本</translation>
    </message>
    <message>
        <source>Models that Hugging Face or ModelScope tools have downloaded are found by themselves.</source>
        <translation>Hugging Face 或 ModelScope 工具下载过的模型会自动列出。</translation>
    </message>
    <message>
        <source>No model found</source>
        <translation>没有找到模型</translation>
    </message>
    <message>
        <source>Looking for models</source>
        <translation>正在查找模型</translation>
    </message>
    <message>
        <source>Open a folder that holds an MLX or Hugging Face model.</source>
        <translation>打开一个包含 MLX 或 Hugging Face 模型的文件夹。</translation>
    </message>
    <message>
        <source>Small, built in, and there to try Minim with. It can call its tools and knows little of the world.</source>
        <translation>小巧、内置，用来试用 Minim。它会调用工具，但对世界所知甚少。</translation>
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
        <source>loading</source>
        <translation>正在加载</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancel loading %s</source>
        <translation>取消加载 %s</translation>
    </message>
    <message>
        <source>being prepared, once</source>
        <translation>正在准备（仅一次）</translation>
    </message>
    <message>
        <source>loaded</source>
        <translation>已加载</translation>
    </message>
    <message>
        <source>Unload</source>
        <translation>卸载</translation>
    </message>
    <message>
        <source>Unload %s</source>
        <translation>卸载 %s</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>可用</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Load %s</source>
        <translation>加载 %s</translation>
    </message>
    <message>
        <source>Loading %s</source>
        <translation>正在加载 %s</translation>
    </message>
    <message>
        <source>%s tokens of context</source>
        <translation>上下文 %s 个 token</translation>
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
    <name>PermissionRow</name>
    <message>
        <source>Allow this tool to run?</source>
        <translation>允许运行这个工具吗？</translation>
    </message>
    <message>
        <source>Don’t allow</source>
        <translation>不允许</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>允许</translation>
    </message>
    <message>
        <source>Allow {0} to run</source>
        <translation>允许运行 {0}</translation>
    </message>
    <message>
        <source>Don’t allow {0} to run</source>
        <translation>不允许运行 {0}</translation>
    </message>
</context>
<context>
    <name>Reasoning</name>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>What the model thinks before it answers appears here.</source>
        <translation>模型回答之前的思考会显示在这里。</translation>
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
</context>
<context>
    <name>RowDelegate</name>
    <message>
        <source>Title of the conversation</source>
        <translation>对话标题</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
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
    <message>
        <source>Load the last model at start</source>
        <translation>启动时加载上次的模型</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Let models call tools</source>
        <translation>允许模型调用工具</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>You are asked before a tool runs, with all its arguments in view.</source>
        <translation>工具运行之前会先询问你，并显示全部参数。</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>None: the model’s own is used</source>
        <translation>无：使用模型自带的系统提示词</translation>
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
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>As the model recommends (%s)</source>
        <translation>按模型的建议（%s）</translation>
    </message>
    <message>
        <source>Not a number in range, so not used: %s</source>
        <translation>不是范围内的数字，因此未采用：%s</translation>
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
        <source>Offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>Everything runs on this machine. Nothing you write leaves it.</source>
        <translation>一切都在这台电脑上运行。你写的内容不会离开它。</translation>
    </message>
    <message>
        <source>Tokens of the context length that this conversation uses</source>
        <translation>此对话占用的上下文长度（token）</translation>
    </message>
    <message>
        <source>Memory that the engine’s process holds</source>
        <translation>引擎进程占用的内存</translation>
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
        <source>%s of %s tokens</source>
        <translation>%s / %s 个 token</translation>
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
        <source>Reading the prompt: %s of %s tokens</source>
        <translation>正在读取提示词：%s / %s 个 token</translation>
    </message>
    <message>
        <source>Reading the prompt: %s of %s tokens, %s reused</source>
        <translation>正在读取提示词：%s / %s 个 token，复用 %s 个</translation>
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
        <source>No model loaded</source>
        <translation>未加载模型</translation>
    </message>
</context>
<context>
    <name>ToolCard</name>
    <message>
        <source>Result</source>
        <translation>结果</translation>
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
        <source>Raw text</source>
        <translation>原文</translation>
    </message>
    <message>
        <source>Argument {0}</source>
        <translation>参数 {0}</translation>
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
        <source>When the model calls a tool, the call and its result appear here.</source>
        <translation>模型调用工具时，调用及其结果会显示在这里。</translation>
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
        <source>Show all of {0}</source>
        <translation>显示 {0} 的全部内容</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Talk to a language model that runs on this machine.
Nothing you write leaves it.</source>
        <translation>与在这台电脑上运行的语言模型对话。
你写的内容不会离开它。</translation>
    </message>
    <message>
        <source>Example: {0}</source>
        <translation>示例：{0}</translation>
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
    <name>words</name>
    <message>
        <source>not quantized</source>
        <translation>未量化</translation>
    </message>
</context>
</TS>
