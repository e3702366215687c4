"""Patterns of the sentences that a plan keeps, in Chinese, by the keys of `sentences_en`."""

__all__ = ["CHINESE"]

CHINESE: dict[str, str] = {
    # --- pieces of sentences ---
    "span": "{low} 至 {high}",
    "gap_first": "共 {total:counted}，1 个网格至少需 {least:number}",
    "gap_second": "共 {total:counted}，1 个网格至多容纳 {most:number}，2 个网格至少需 "
    "{least:number}",
    "gap": "共 {total:counted}，{few} 个网格至多容纳 {most:number}，{more} 个网格至少需 "
    "{least:number}",
    # --- cutting buildings ---
    "limit": "{level:level}上限（{measure:measure} {most:number}）",
    "limit_clause": "{level:level}上限（{measure:measure} {most:number}；依据：{clause:clause}）",
    "into_stairwells": "{n} 个单元门",
    "into_bands": "{n} 段楼层（每段 {floors} 层）",
    "cut": "楼栋 {unit}（{held:counted}）超过{limit}，拆为 {into:and}，每份{measure:measure} "
    "{sizes}。",
    "cut_exceeds": "楼栋 {unit}（{held:counted}）超过{limit}，拆为 {into:and}，每份"
    "{measure:measure} {sizes}；仍超上限的部分单独成格：{why}。",
    "shared_out": "拆分楼栋的各项数量按单元门和楼层平均分摊。",
    "unit_held": "{unit}（{held:counted}）",
    "one_exceeds": "{n} 个单元自身即超过网格上限：{units:names}；{why}。",
    "some_exceed": "{n} 个单元自身即超过网格上限：{units:names}；{why}。",
    "cuts_nothing": '规则 split_to = "{split_to}" 不允许拆分楼栋',
    "one_stairwell": '仅为一个单元门，规则 split_to = "stairwell" 到此为止',
    "one_floor": "仅为一个楼层",
    "no_stairwells_floors": "单元门数和楼层数均为空，无从拆分",
    "column_empty": "{column:measure}为空，无从拆分",
    # --- said of a whole plan ---
    "no_number": "{name}无法划分为若干个合规的{level:level}：{why}。",
    "opened": "小区 {name}（{held:counted}）分属多个{level:level}：{why}。",
    "opened_balance": "不拆则网格负荷不均，规则的小区权重允许拆分",
    "opened_exceeds": "超过一个网格的上限",
    "opened_pieces": "被障碍或其他单元隔成数块",
    "opened_range": "否则有网格超出范围",
    "straight_line": "直线距离乘以 {detour}（假定）",
    "no_stations": "规则以服务站为起点计算步行距离，而辖区没有服务站，改以网格最佳中心为起点。",
    "no_streets": "半径自网格中心算起；未提供街道，步行距离按{way}计。",
    "no_street_near": "{total} 个单元中有 {n} 个在 {reach} 米内没有街道，"
    "其路程若短于经最近街道的路程，则按{way}计：{units:names}。",
    "streets_apart": "街道分为互不相接的 {pieces} 片，各片之间的步行距离按{way}计。",
    "no_font": "未安装中文字体，地图改用英文和编码标注；请安装 Noto Sans CJK SC。",
    # --- difficulty and hours ---
    "column_taken": "单元的 {short} 列按 {full} 列处理。",
    "no_indicators": "没有指标列（{columns:names}），不计管理难度，各单元得分均为 0",
    "indicator_missing": "{total} 个单元中有 {n} 个缺少 {column}，其得分由其他指标得出",
    "indicator_constant": "{column} 在各单元中均相同，得分均为 0",
    "weight": "{column} {share}",
    "by_ahp": "权重由层次分析法（AHP）得出，一致性比率 {ratio}",
    "by_entropy": "权重由熵权法得出",
    "weights": "{how}：{weights:comma}。",
    "weights_idle": "{how}：{weights:comma}；{idle:comma} 在各单元中均相同，不计权重。",
    "weights_alike": "{how}：{weights:comma}；{idle:comma} 在各单元中均相同，不计权重；"
    "各项均无差异，故等权。",
    "no_indicator": "{total} 个单元中有 {n} 个没有任何指标值，{instead}",
    "score_unused": "不计管理难度，得分均为 0",
    "score_of_community": "取所在社区的平均得分",
    "score_of_others": "取其他单元的平均得分 {mean}",
    "tasks_left_out": "单元没有 {columns:comma} 列，工时不含相应任务",
    "hours_missing": "{total} 个单元中有 {n} 个缺少 {column}，其工时按所在社区各单元的平均值计",
    "grade_count": "{grade:grade} {n}",
    "grades": "各管理难度等级的单元数：{counts:comma}。",
    # --- exclusive sites ---
    "became_sites": "{n} 个单元列为专属单位（{kind}；依据：{clause:clause}）：{units:names}。",
    "sites_unknown": "{n} 个单元未注明楼层或类型，无法判断是否属于专属单位（{kind}），"
    "未列入：{units:names}。",
    "points_no_sites": "{n} 个单元仅为点位，不能列为专属单位：{units:names}。",
    "site_stays": "专属单位 {name} 有 {held:counted}，超过一个网格的上限（依据："
    "{clause:clause}），仍为一个网格：{why:semicolon}。",
    "site_split": "专属单位 {name} 有 {held:counted}，超过一个网格的上限（依据："
    "{clause:clause}），拆为 {n} 个网格，每个 {sizes}{assumed}{kept}。",
    "site_floors_even": "；假定各楼层分布均匀，图上所绘范围仅表示其份额",
    "site_shares_even": "；假定{measure:measure}分布均匀，图上所绘范围仅表示其份额",
    "site_too_large": "；仍有网格超过上限：{why:semicolon}",
    "one_building": "只有一栋楼",
    "floors_unknown": "楼层数不详",
    "floor_holds_more": "单个楼层即超过上限",
    # --- the plan in force ---
    "retired_not_again": "已停用的编码不再启用：{codes:names}。",
    "codes_by_template": "{n} 个{level:level}按编码规则取得编码：{pairs:names}。",
    "level_unknown": "{plan} 没有层级 {levels:comma}，其编码全部新编。",
    "units_gone": "{n} 个单元已不在辖区内（{plan}）：{units:names}。",
    "units_new": "{n} 个单元为新增（{plan}）：{units:names}。",
    "codes_retired": "{n} 个编码停用，今后不再启用：{codes:names}。",
    "grids_kept": "{n} 个网格按要求沿用 {plan}，保持不变：{codes:names}。",
    "kept_without": "保留的{level:level} {code} 有 {n} 个单元已不在辖区内：{units:names}。",
    "joins_kept": "新增单元 {unit} 处于保留网格之间，并入{level:level} {code}。",
    # --- posts and persons ---
    "no_hours": "岗位“{title}”（{post}）按工时计算，而方案没有{level:level}的工时，未计算。",
    "pairs_missing": "岗位“{title}”（{post}）：{grids} 个网格配 {total} 人，需有 {wanted} "
    "对同属一个上级网格的相邻网格合用一人，实有 {found} 对，还需增加 {more} 人。",
    "personal_left_out": "{file}：疑似个人信息的列未读入：{columns:names}。",
    "roster_left_out": "{file}：人员名册用不到的列未读入：{columns:names}。",
    "home_strange": "名册中有 {n} 人的居住单元或社区不在辖区内：{persons:names}。",
    "home_unknown": "{n} 人住址不详，安排在无更近人选的岗位：{persons:names}。",
    "home_community": "{n} 人的住址按所在社区的中心计（假定）：{persons:names}。",
    "vacancy": "{title} {n}",
    "vacant": "{total} 个岗位中有 {n} 个空缺：{posts:comma}。",
    "left_over": "名册中有 {n} 人未安排岗位：{persons:names}。",
    "lacking": "{person} 在 {code}（{skills}）",
    "skills_lacking": "{n} 人不具备所在网格要求的技能：{persons:names}。",
    "straight_homes": "{n} 条从住处到网格的路程按直线距离乘绕行系数计（假定）。",
    # --- stations ---
    "stations": "新设 {n} 个服务站后，距服务站 {within} 米以内的{measure:measure}由 {before} "
    "增至 {after}（共 {total}）；{bound}。选址：{units:comma}。",
    "stations_none": "新设 {n} 个服务站后，距服务站 {within} 米以内的{measure:measure}由 "
    "{before} 增至 {after}（共 {total}）；{bound}。无需选址：没有更远的住户。",
    "stations_best": "没有其他选址能覆盖更多",
    "stations_bound": "任何选址至多覆盖 {best}",
    # --- incidents ---
    "incidents_counted": "{column}：{records} 条记录中计入 {used} 条，共 {counted:number} 件，"
    "{first} 至 {last}（{years} 年），涉及 {total} 个单元中的 {hit} 个，其余记为 0。",
    "incidents_no_rate": "{column}：{total} 个单元中有 {n} 个没有{per:measure}，不计比率；"
    "其中 {hit} 个有事件记录，计入工时。",
    "incidents_replaced": "单元表中的列已由事件记录的统计值替换：{column}",
}
