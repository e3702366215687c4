"""Patterns of the sentences that a plan keeps, in Chinese, by the keys of `sentences_en`."""

from gridpart.sentences_data_zh import FOUND_CHINESE

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
    # --- said while it works ---
    "compiling": "正在编译搜索程序：约十秒，本机仅此一次",
    "cells_of": "{name}：划出各单元的地块",
    "grids_of": "{name}：划分网格",
    "tiles_lack": "铺满地面的单元中夹有点位或界外单元：地面归最近的单元",
    "interrupted": "已中断：其余社区保留初步方案",
    # --- said of a whole plan ---
    "street_whole": "社区未注明所属街道，编码也不是 12 位："
    "整个辖区按一个街道（{name}）计（假定）。",
    "streets_by_code": "社区未注明所属街道，按社区编码前 9 位确定，"
    "共 {n} 个街道：{streets:names}。",
    "no_number": "{name}无法划分为若干个合规的{level:level}：{why}。",
    "opened": "小区 {name}（{held:counted}）分属多个{level:level}：{why}。",
    "opened_balance": "不拆则网格负荷不均，规则的小区权重允许拆分",
    "opened_exceeds": "超过一个网格的上限",
    "opened_pieces": "被障碍或其他单元隔成数块",
    "opened_range": "否则有网格超出范围",
    "straight_line": "直线距离乘以 {detour}（假定）",
    "no_stations": "规则以服务站为起点计算步行距离，而辖区没有服务站，改以网格最佳中心为起点。",
    "no_streets": "半径自网格中心算起；未提供道路，步行距离按{way}计。",
    "no_street_near": "{total} 个单元中有 {n} 个在 {reach} 米内没有道路，"
    "其路程若短于经最近道路的路程，则按{way}计：{units:names}。",
    "streets_apart": "道路分为互不相接的 {pieces} 片，各片之间的步行距离按{way}计。",
    "cells_mended": "{control} 个单元格去掉了表格不能保存的控制字符；{cut} 个单元格因过长截断。",
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
    "basis_number": "每个网格 {number} 人（{label}）",
    "basis_per": "{measure:measure}每 {per} 配 1 人（{label}）",
    "basis_hours": "每月工时每 {hours} 配 1 人（{label}）",
    "label_found": "来源所载",
    "label_press": "见于报道",
    "label_assumption": "假定",
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
    # --- what could be done instead ---
    "alt_join": "与网格 {other} 合并（合计 {held:counted}）；{price:semicolon}。",
    "alt_give": "将单元划入网格 {other}：{units:names:3}（本网格 {here:counted}，对方 "
    "{there:counted}）；{price:semicolon}。",
    "alt_take": "由网格 {other} 划入单元：{units:names:3}（本网格 {here:counted}，对方 "
    "{there:counted}）；{price:semicolon}。",
    "alt_split": "另设网格：{units:names:3}（原网格 {here:counted}，新网格 {there:counted}）；"
    "{price:semicolon}。",
    "alt_out": "{held:counted}超出范围（{range}）",
    "alt_far": "最远步行 {walk:number} 米，超过 {limit:number} 米",
    "alt_free": "不违反本级规则",
    "alt_cut": '按 split_to = "{finer}" 拆分：{units:names:3}；得 {n} 份，最多一份 '
    "{most:counted}。",
    "alt_crossing": "{then}前提是在障碍处有通道。",
    "alt_unlocked": "{then}为此须解除保留：{codes:names}。",
    "alt_most": "将网格上限放宽至 {held:counted}。",
    "alt_least": "将网格下限放宽至 {held:counted}。",
    "alt_radius": "将半径放宽至 {walk:number} 米。",
    "alt_station": "就近增设服务站：{units:names:3}；或将半径放宽至 {walk:number} 米。",
    # --- incidents ---
    "incidents_counted": "{column}：{records} 条记录中计入 {used} 条，共 {counted:number} 件，"
    "{first} 至 {last}（{years} 年），涉及 {total} 个单元中的 {hit} 个，其余记为 0。",
    "incidents_no_rate": "{column}：{total} 个单元中有 {n} 个没有{per:measure}，不计比率；"
    "其中 {hit} 个有事件记录，计入工时。",
    "incidents_replaced": "单元表中的列已由事件记录的统计值替换：{column}",
    # --- why a grid breaks a rule ---
    "range_between": "{low:number}–{high:number}",
    "range_from": "至少 {low:number}",
    "range_to": "至多 {high:number}",
    "out_of_range": "网格 {grid}：{held:counted}（范围 {limits}），{why}。",
    "community_bare": "网格 {grid}：社区 {community} 内没有单元。",
    "community_bare_no_grid": "社区 {community} 内没有单元，也没有网格。",
    "compound_atom": "小区 {name}",
    "building_atom": "楼栋 {name}",
    "stairwell_atom": "楼栋 {name} 的第 {number} 单元门",
    "stairwell_atom_only": "楼栋 {name} 的单元门",
    "and_cause": "{why}，且{cause}",
    "unproven": "未能证明无法避免",
    "unproven_join": "{heavy:names:3} 自身即有 {size:number}，但未能证明 {rest:names:3} 必须并入",
    "never_divided": "该层级不划分社区",
    "communities_given": "辖哪些社区是既定的，不由划分决定",
    "alone_has": "{name} 自身即有 {size:number}",
    "heavy_cuts_off": "超过上限的 {cut:names:3} 隔开了 {units:names:3}，后者仅有 {held:counted}",
    "no_set": "{name} 周边没有任何连片的单元组合符合{measure:measure} {limits}",
    "community_has_only": "所在社区仅有 {held:counted}",
    "barrier_cuts_off": "{units:names:3} 被障碍隔开，仅有 {held:counted}",
    "border_no_other": "{units:names:3} 仅有 {held:counted}，且不与其他单元相邻",
    "no_plan_betters": "无论怎样划分，{units:names:3} 的网格超出范围之和都不会更小",
    "no_count_holds": "任何数量的网格都容纳不了 {span}（{shown}）",
    "too_few_partners": "{needy:names:3} 中任意两个都不能同在一格，只有 {partners:names:3} "
    "可与之凑足，{total} 个中必有 {short} 个无法凑足",
    "too_far": "网格 {grid}：{place}至最远单元 {walk:number} 米（上限 {most:number} 米），"
    "超出的单元：{units:names}。",
    "too_far_why": "网格 {grid}：{place}至最远单元 {walk:number} 米（上限 {most:number} 米），"
    "超出的单元：{units:names}；{why}。",
    "its_center": "网格中心",
    "nearest_station": "最近的服务站",
    "no_station_nearer": "无论怎样划分，服务站都不会更近",
    "kept_whole": "{what} 不可拆分",
    "range_first": "规模范围优先于半径，而{why}",
    "radius_first": "半径优先于规模范围，而{why}",
    "no_center": "以 {most:number} 米为半径，没有任何中心能使 {units:names} 凑足 {least:counted}",
    "kept_by_wish": "{what}该网格按要求逐单元保留，锁定优先于此项规则。",
    "in_a_hole": "网格 {inside} 整个位于网格 {around} 之内；未找到更好的方案。",
    # --- laws that a plan breaks ---
    "area_of_community": "社区 {name}",
    "area_of_district": "辖区",
    "grid_named": "网格 {name}",
    "site_named": "专属单位 {name}",
    "none_covers": "没有任何{level:level}覆盖{region}。",
    "leaves_bare": "{region}的{level:level}有百万分之 {share} 的面积未覆盖，其中 {area} 平方米在"
    "网格 {grid} 旁。",
    "reaches_outside": "{region}的{level:level}超出其范围百万分之 {share}，其中 {area} 平方米在"
    "网格 {grid} 旁。",
    "community_strange": "网格 {grid} 所属社区 {community} 不存在。",
    "overlaps": "{both:and} 在{region}内重叠 {area} 平方米。",
    "parent_strange": "网格 {grid} 的上级网格 {parent} 不在{level:level}之列。",
    "outside_parent": "网格 {grid} 有 {area} 平方米在上级网格 {parent} 之外。",
    "not_in_parent": "网格 {grid} 含有不属于其上级网格的单元：{units:names}。",
    "code_no_text": "{level:level}的编码 {code} 不是文本。",
    "torn": "社区 {name} 被分到{level:level}的多个网格：{grids:names}。",
    "code_twice": "{level:level}的编码 {code} 用于多个网格。",
    "code_of_other": "{level:level}的编码 {code} 未以上级网格编码 {parent} 开头。",
    "units_twice": "{total} 个单元中有 {n} 个在表中重复出现：{units:names}。",
    "units_no_grid": "{total} 个单元中有 {n} 个不属于任何{level:level}：{units:names}。",
    "units_no_such_grid": "{total} 个单元中有 {n} 个的编码不在{level:level}之列：{units:names}。",
    "units_abroad": "{total} 个单元中有 {n} 个划入了其他社区的网格：{units:names}。",
    "units_outside": "{total} 个单元中有 {n} 个位于所属网格的范围之外：{units:names}。",
    "divided": "{what} 被{level:level} {grids:names} 分割。",
    "sum_differs": "{level:level}的{measure:measure}合计为 {total}，应为 {wanted}。",
    "grid_sum_differs": "网格 {grid} 的{measure:measure}填为 {stated}，其单元合计为 {actual}。",
    "grid_in_pieces": "网格 {grid} 分为 {n} 块：{apart:names} 与 {rest:names} 互不相连。",
    "site_not_beside": "网格 {grid} 不与专属单位 {site} 相邻，却含有其中的 {units:names}。",
    # --- what a law was held to ---
    "checked_cover": "{n} 处已核，面积偏差最大百万分之 {share}",
    "checked_overlap": "重叠面积最大百万分之 {share}",
    "checked_no_nesting": "不嵌套于本方案的其他层级",
    "checked_nesting": "{n} 个网格，超出上级网格的面积最大百万分之 {share}",
    "checked_codes": "{n} 个网格，{codes} 个编码",
    "checked_units": "{total} 个单元中有 {n} 个各属一个网格",
    "checked_sums": "{sums:comma}",
    "checked_sum": "{measure:measure} {total}",
    "checked_whole": "网格即整个社区",
    "checked_pieces": "{n} 个网格，{broken} 个不连片",
    "checked_enclaves": "{n} 个网格，{broken} 个不连片；因社区本身分块而不连片：{codes:names}",
    **FOUND_CHINESE,
}
